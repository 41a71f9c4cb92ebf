//! JSON Web Tokens and key sets: issuing and checking.
//!
//! RS256 and nothing else (RFC 7515, RFC 7517, RFC 7518, RFC 7519), after the best practice of RFC
//! 8725: the algorithm and the key come from our own record of the key, found by its id; the
//! token's header is only compared with it. A claim is believed after the signature was checked,
//! and handed on as [`Checked`], which only this crate makes and only after issuer, audience, use
//! and times were checked too. There is no function that checks only a part.
//!
//! Deliberately absent: fetching of keys, a clock, a cache, any other algorithm.

mod checked;
mod claims;
mod compact;
mod issuer;
mod json;
mod key;
mod key_set;
mod numeric_date;

pub use checked::{
    Checked, TokenError, unverified_audience, unverified_issuer, verify_access_token,
    verify_id_token, verify_identity_token,
};
pub use claims::{
    AccessTokenClaims, AccessTokenUse, IDENTITY_TOKEN_ISSUER, IdTokenClaims, IdTokenUse,
    IdentityTokenClaims, SessionTagClaim,
};
pub use compact::{SignError, TOKEN_BYTES_MAX, sign};
pub use issuer::Issuers;
pub use key::{KeyError, PublicKey, SigningKey};
pub use key_set::{Jwk, JwkSet};
