//! Authenticates, decides and audits every request; makes [`Authorized`] inputs and session
//! credentials.
//!
//! There is one way to an operation: [`Gate::serve`] for a request from the socket, and the same
//! steps for one service calling another ([`Authorized::call`]). Both end in an [`Authorized`] input,
//! which nothing else can make. No rule of any service is in here.

mod access_keys;
mod accounts;
mod audit;
mod authenticate;
mod authorized;
mod body;
mod caller_policies;
mod context;
mod credential_limits;
mod decide;
mod delegation;
mod entity_cache;
mod form;
mod gate;
mod object_facts;
mod operation;
mod policy_cache;
mod principal;
mod refusal;
mod registry;
mod role_grant;
mod room;
mod target;
mod user_grant;
mod web_identity;

pub use accounts::{Accounts, RootUser};
pub use audit::{Audit, AuditWriter, Refused};
pub use authorized::Authorized;
pub use body::{BodyError, BodyReader, RequestBody};
pub use delegation::{Delegation, DelegationError, ReopenError, Unanswered};
pub use gate::{Gate, Incoming, Parts};
pub use operation::{Access, ExistingObject, InputOf, Need, On, Operation, OutputOf};
pub use principal::{
    Caller, Principal, ServicePrincipal, SignatureKind, SignatureVersion, User, WebIdentity,
};
pub use refusal::of_body as body_fault;
pub use registry::Registry;
pub use role_grant::{IssueError, IssuedSession, RoleGrant, SessionRequest};
pub use target::{NotTheTarget, Target};
