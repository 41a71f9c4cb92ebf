//! Checks and makes AWS Signature Version 4: header, query, chunked with trailers.
//!
//! It reads no clock, opens no socket, looks up no key and knows no service but S3, whose rules
//! differ. A request goes through in three steps:
//!
//! 1. [`Presented::from_request`] reads what the request claims: whose key, for what, when.
//! 2. The caller finds the secret, derives a [`SigningKey`] and lets [`Presented::check`] say
//!    whether the claim is true.
//! 3. [`Payload`] passes the body on as it arrives and ends in [`Verified`] digests, or an error.
//!
//! The other way round a [`Signer`] signs by header or query, and a [`ChunkEncoder`] writes a body
//! in chunks.

mod canonical;
mod check;
mod declaration;
mod encoding;
mod key;
mod payload;
mod presented;
mod request;
mod scope;
mod seed;
mod signing;
mod time;

pub use check::{Accepted, Dialect, Mismatch, SignatureError};
pub use declaration::{DeclarationError, PayloadDeclaration};
pub use key::{Signature, SigningKey};
pub use payload::{
    Checksum, ChecksumAlgorithm, Digests, Expectations, Payload, PayloadError, Verified,
};
pub use presented::{PRESIGNED_SECONDS_MAX, Place, Presented, PresentedError};
pub use request::Request;
pub use scope::{CredentialScope, ScopeError};
pub use seed::Seed;
pub use signing::{ChunkEncoder, Credentials, LifetimeError, SignedHeaders, Signer};
