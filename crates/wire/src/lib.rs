//! AWS protocols and the shapes generated from the public service models.
//!
//! An operation is known by its [`OperationId`] ([`identify`] finds it in a request) and implemented
//! by a generated marker type such as [`s3::GetObject`], whose [`Operation::read`] makes the input
//! from a request and whose [`Operation::write`] makes the response from the output. Errors are
//! [`Fault`]s, made only from typed codes, and [`Refusal`]s, which every protocol says its own way.
//!
//! There is no behaviour in here: nothing is decided, stored or looked up, no clock is read and no
//! socket opened.

mod fault;
mod fault_response;
mod generated;
mod identify;
mod json;
pub mod oidc;
mod operation;
mod operation_id;
mod query;
mod read;
mod refusal;
mod request;
mod response;
mod s3_route;
mod schema;
mod service;
mod target;
mod write;
mod xml;

pub use fault::{ErrorCode, Fault};
pub use fault_response::write_fault;
pub use generated::{cognito_identity, cognito_idp, iam, operations::OperationId, s3, sts};
pub use identify::identify;
pub use operation::Operation;
pub use refusal::Refusal;
pub use request::{NotDecodable, RequestParts, decode_form, decode_percent};
pub use response::{Body, Response};
pub use service::{Protocol, Service};
pub use target::{CopySource, S3Target};
