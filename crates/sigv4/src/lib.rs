//! Checks and makes AWS Signature Version 4: header, query, form, chunked with trailers.
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
//!
//! ```
//! use sigv4::{Credentials, Dialect, PayloadDeclaration, Presented, Request, Signer, SigningKey};
//!
//! let now = "2013-05-24T00:00:00Z".parse()?;
//! let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into();
//! let credentials = Credentials {
//!     access_key_id: "AKIAIOSFODNN7EXAMPLE",
//!     secret_access_key: &secret,
//!     session_token: None,
//! };
//! let headers: Vec<(&str, &[u8])> = vec![("host", b"localhost:4566")];
//! let request = Request { method: "PUT", path: "/bucket/key", query: "", headers: &headers };
//! let signed = Signer::new(credentials, &"us-east-1".parse()?, "s3", now)
//!     .sign_headers(&request, PayloadDeclaration::Unsigned);
//!
//! let mut headers = headers.clone();
//! headers.extend(signed.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
//! let request = Request { headers: &headers, ..request };
//! let presented = Presented::from_request(&request)?.ok_or("the request is unsigned")?;
//! assert_eq!(presented.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
//! let key = SigningKey::derive(&secret, presented.scope());
//! let window = types::SignedDuration::from_mins(15);
//! let accepted = presented.check(&key, Dialect::S3, window, now)?;
//! assert_eq!(accepted.payload, PayloadDeclaration::Unsigned);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A form is signed otherwise: [`SignedForm`] covers its policy, and whoever reads the policy holds the
//! form to it.
//!
//! What S3 still takes of Signature Version 2 is apart, in [`Version2`]: [`Presented`] and [`SignedForm`]
//! refuse it by name, and who serves S3 goes on there.
//!
//! Deliberately absent: Signature Version 4A (refused by name), what a form's policy says, and any opinion
//! on which service, region or access key is expected.

mod canonical;
mod check;
mod declaration;
mod encoding;
mod form;
mod key;
mod payload;
mod presented;
mod request;
mod scope;
mod seed;
mod signing;
mod time;
mod version2;

pub use check::{Accepted, Dialect, Mismatch, SignatureError};
pub use declaration::{DeclarationError, PayloadDeclaration};
pub use form::{SignedForm, SignedFormError};
pub use key::{Signature, SigningKey};
pub use payload::{
    Checksum, ChecksumAlgorithm, Digester, Digests, Expectations, Payload, PayloadError, Verified,
};
pub use presented::{PRESIGNED_SECONDS_MAX, Place, Presented, PresentedError};
pub use request::Request;
pub use scope::{CredentialScope, ScopeError};
pub use seed::Seed;
pub use signing::{ChunkEncoder, Credentials, LifetimeError, SignedHeaders, Signer};
pub use version2::{Version2, Version2Error};
