//! AWS protocols and the shapes generated from the public service models.
//!
//! An operation is known by its [`OperationId`] ([`identify`] finds it in a request) and implemented
//! by a generated marker type such as [`s3::GetObject`], whose [`Operation::read`] makes the input
//! from a request and whose [`Operation::write`] makes the response from the output. Errors are
//! [`Fault`]s, made only from typed codes, and [`Refusal`]s, which every protocol says its own way.
//!
//! There is no behaviour in here: nothing is decided, stored or looked up, no clock is read and no
//! socket opened.
//!
//! # How it is made
//!
//! `models/served.toml` lists the operations. `cargo xtask models` prunes the public service models
//! to them, `cargo xtask codegen` makes the modules of the services from the pruned models, and
//! `cargo xtask codegen --check` fails if a module is not what the generator makes. The generated
//! code is tables: for each member, where it travels and what it must be. How JSON, forms, XML and
//! headers are read and written stands once, by hand.
//!
//! To add an operation, add its line to `models/served.toml`, run both commands, name it in
//! `tests/it/every_operation.rs`, and run `tests/vectors/make.py requests` for its vectors.
//!
//! # What is checked of an input
//!
//! Required members, lengths, ranges, enums and types, as the model has them, all in one message.
//! Patterns are not: where one matters, the operation parses the value into a type of its own.
//!
//! # What is refused
//!
//! Bodies over 1 MiB, nesting deeper than 32, text that is not UTF-8, a JSON name, form parameter,
//! query parameter or header given twice where it is a member, and document type declarations.
//! JSON members that the model does not have are ignored, as AWS does.

pub mod cloakroom;
mod fault;
mod fault_response;
mod generated;
mod identify;
pub mod introspection;
mod json;
pub mod oidc;
mod operation;
mod operation_id;
pub mod post_object;
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
pub use generated::{
    cloudformation, cognito_identity, cognito_idp, iam, operations::OperationId, s3, sts,
};
pub use identify::identify;
pub use operation::Operation;
pub use refusal::Refusal;
pub use request::{NotDecodable, RequestParts, decode_form, decode_percent};
pub use response::{Body, Response};
pub use service::{Protocol, Service};
pub use target::{CopySource, S3Target};
