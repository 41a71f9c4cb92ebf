//! The policy language: parse, compile, evaluate, explain.
//!
//! Pure: it opens no file or socket, reads no clock, waits for nothing and knows no HTTP. A text
//! becomes a [`Policy`] (the syntax tree, with the place of every element), that a
//! [`CompiledPolicy`], which is shared; [`decide`] judges a [`Request`] by [`Policies`], and
//! [`explain`] says the same at length, as data.
//!
//! What replaces a policy variable is a value, never a pattern: it matches itself byte for byte,
//! also if it contains `*`, `?` or `$`.
//!
//! ```
//! use iam::{MapContext, Policies, Policy, PolicyKind, Principal, Request};
//!
//! let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
//!     "Action": "s3:GetObject", "Resource": "arn:aws:s3:::coats/${aws:username}/*"}}"#;
//! let identity = [Policy::parse(text, PolicyKind::Identity)?.compile().into()];
//! let context = MapContext::new([("aws:username", "*")]);
//! let request = Request {
//!     principal: &Principal::User("arn:aws:iam::123456789012:user/*".parse()?),
//!     action: "s3:GetObject",
//!     resource: "arn:aws:s3:::coats/somebody/coat",
//!     resource_account: None,
//!     context: &context,
//! };
//! let policies = Policies { identity: &identity, ..Policies::default() };
//! assert!(!iam::decide(&policies, &request).is_allow());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod aws_managed;
mod case;
mod compile;
mod decide;
mod decision;
mod error;
mod explain;
mod json;
pub mod limits;
mod matcher;
mod operand;
mod operator;
mod parse;
mod pattern;
mod policy;
mod principal;
mod print;
mod public;
mod render;
mod request;
mod span;
mod trust;

pub use aws_managed::{AwsManagedPolicy, aws_managed_policies, aws_managed_policy};
pub use case::{Case, CaseError};
pub use compile::CompiledPolicy;
pub use decide::{Policies, decide};
pub use decision::{Decision, Matched, StatementNumber};
pub use error::{PolicyError, PolicyErrorKind};
pub use explain::{
    ExplainedPolicy, ExplainedStatement, Explanation, Failed, ResolvedVariable, Tried, explain,
};
pub use operator::{Comparison, Operator, SetQualifier, UnknownOperator};
pub use pattern::{Pattern, Piece, Variable};
pub use policy::{
    Condition, ConditionValue, Effect, Element, Policy, PolicyKind, PrincipalEntry, Statement,
    Version,
};
pub use principal::{Principal, PrincipalContext, PrincipalName};
pub use request::{Context, MapContext, Request, Value};
pub use span::{Span, Spanned};
