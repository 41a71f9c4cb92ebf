//! The key ring; seals and opens session credentials and secrets at rest.
//!
//! Nothing that is given out here is stored anywhere: what a session may do travels, encrypted and
//! authenticated, in its session token ([`KeyRing::seal_session`], [`KeyRing::open_session`]).
//! Secrets that must be recovered later, pagination tokens and challenge states are [`Sealed`]
//! under the same ring, each use with keys of its own ([`Label`]).
//!
//! Deliberately absent: files, sockets, clocks and random sources. The caller reads and writes
//! the text of the ring, and hands over the time and the [`types::Entropy`].

mod codec;
mod credentials;
mod key;
mod ring;
mod sealed;
mod session;

pub use credentials::{
    OpenError, SESSION_TOKEN_CHARACTERS_MAX, SealError, SessionCredentials,
    session_token_characters,
};
pub use key::KeyId;
pub use ring::{KeyRing, RETIRED_KEYS_MAX, RingError};
pub use sealed::{Label, Sealable, Sealed, UnsealError};
pub use session::{ClaimValue, Federation, Session, SessionPolicy, SessionPrincipal};
