//! The secure remote password protocol (SRP-6a, RFC 5054) as Amazon Cognito speaks it: somebody shows
//! to know a password without sending it, to somebody who keeps only a [`Verifier`] of it.
//!
//! The server keeps a [`Verifier`] and checks a [`Claim`] in an [`Exchange`]; the client has a
//! [`ClientSecret`]. What differs from RFC 5054 is Cognito's: the 3072-bit group with SHA-256, numbers
//! hashed with the least bytes that keep them positive, a user name that begins with the pool's, and
//! instead of a proof of the session key a signature over the sign-in's state and time
//! ([`Exchange::check_claim`]) under a key derived from it.
//!
//! Powers of secrets take a time that does not depend on them. Each takes some milliseconds of CPU.
//!
//! Deliberately absent: I/O, a clock, and chance of its own.
//!
//! Sources: RFC 2945, RFC 5054, RFC 3526 (group 15), RFC 5869; Amazon Cognito Developer Guide, *Sign-in
//! with persistent and secure remote passwords*; the public JavaScript client of user pools.

mod claim;
mod client;
mod exchange;
mod group;
mod number;
mod timestamp;

pub use claim::{Claim, ClaimError};
pub use client::{Answer, ClientSecret};
pub use exchange::{ClientPublic, ClientPublicError, EphemeralSecret, Exchange, Salt, Verifier};
pub use timestamp::{ClaimTimestamp, NotATimestamp};

/// Who signs in, as the protocol names them.
#[derive(Debug, Clone, Copy)]
pub struct Name<'a> {
    /// What stands behind the underscore of the user pool's id.
    pub pool: &'a str,
    /// The user name, as the challenge said it (`USER_ID_FOR_SRP`).
    pub user: &'a str,
}
