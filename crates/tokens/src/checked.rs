use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use types::{IdentityPoolId, Timestamp};

use crate::{
    AccessTokenClaims, IDENTITY_TOKEN_ISSUER, IdTokenClaims, IdentityTokenClaims, PublicKey,
    compact,
};

/// Claims of a token whose signature, issuer, times, audience and use were all checked.
///
/// Only the `verify_…` functions of this crate make one, so whoever is handed one need not ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked<T> {
    claims: T,
    raw: Map<String, Value>,
}

impl<T> Checked<T> {
    /// Every claim of the token by its name, also those without a field of their own: what the
    /// role-mapping rules and principal tags of an identity pool look at.
    #[must_use]
    pub fn raw(&self) -> &Map<String, Value> {
        &self.raw
    }

    /// The claims alone; they are no longer known to be checked.
    #[must_use]
    pub fn into_claims(self) -> T {
        self.claims
    }
}

impl<T> Deref for Checked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.claims
    }
}

/// Why a token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not a JSON Web Token, or a claim does not have the form it must have.
    #[error("this is not a token: {0}")]
    Malformed(String),
    /// Its algorithm, key or signature is not ours. Which of these is not told.
    #[error("the token was not signed with RS256 by a key of its issuer")]
    Unverified,
    /// A claim that every such token has is absent.
    #[error("the token has no claim {0:?}")]
    MissingClaim(&'static str),
    /// Another issuer's token.
    #[error("the token was issued by {issuer:?}, not by {expected:?}")]
    WrongIssuer {
        /// The token's.
        issuer: String,
        /// The one asked for.
        expected: String,
    },
    /// Its time is over: `now >= exp`, in seconds since 1970.
    #[error("the token expired: {now} >= {exp}")]
    Expired {
        /// The time given.
        now: i64,
        /// The token's `exp`.
        exp: i64,
    },
    /// Its time has not come, in seconds since 1970.
    #[error("the token is not valid before {begin} (its {claim:?}), and it is {now}")]
    NotYet {
        /// The time given.
        now: i64,
        /// `nbf` or `iat`.
        claim: &'static str,
        /// That claim's value.
        begin: i64,
    },
    /// It was issued for another client or identity pool.
    #[error("the token is meant for {audience:?}, which is none of those it may be meant for")]
    WrongAudience {
        /// The token's `aud`, shown as JSON if it is not a text.
        audience: String,
    },
    /// An ID token where an access token belongs, or the other way round.
    #[error("the token's token_use is {token_use:?}, not {expected:?}")]
    WrongUse {
        /// The token's.
        token_use: String,
        /// The one asked for.
        expected: &'static str,
    },
}

/// Checks a user pool's ID token.
///
/// `keys` are the pool's, `issuer` is the pool's (`PUBLIC-URL/POOL-ID`), and `audiences` are the ids
/// of the app clients whose tokens are accepted. Times are compared with `now` without leeway: at
/// the second of `exp` the token is over. Takes about 25 µs of CPU.
///
/// Source: Cognito Developer Guide, *Verifying JSON web tokens*.
///
/// # Errors
/// The first check that fails, in this order: form, signature, issuer, times, audience, use.
pub fn verify_id_token(
    token: &str,
    keys: &[PublicKey],
    issuer: &str,
    audiences: &[&str],
    now: Timestamp,
) -> Result<Checked<IdTokenClaims>, TokenError> {
    let raw = authenticated(token, keys, issuer, now)?;
    check_audience(&raw, audiences)?;
    check_use(&raw, "id")?;
    checked(raw)
}

/// Checks a user pool's access token.
///
/// `keys` and `issuer` are the pool's. Whether the client named in it still exists, and whether the
/// token was revoked, only the pool's records know.
///
/// # Errors
/// The first check that fails, in this order: form, signature, issuer, times, use.
pub fn verify_access_token(
    token: &str,
    keys: &[PublicKey],
    issuer: &str,
    now: Timestamp,
) -> Result<Checked<AccessTokenClaims>, TokenError> {
    let raw = authenticated(token, keys, issuer, now)?;
    check_use(&raw, "access")?;
    checked(raw)
}

/// Checks an identity pool's own token (`GetOpenIdToken`), as STS does.
///
/// # Errors
/// The first check that fails, in this order: form, signature, issuer, times, audience.
pub fn verify_identity_token(
    token: &str,
    keys: &[PublicKey],
    pool: &IdentityPoolId,
    now: Timestamp,
) -> Result<Checked<IdentityTokenClaims>, TokenError> {
    let raw = authenticated(token, keys, IDENTITY_TOKEN_ISSUER, now)?;
    check_audience(&raw, &[&pool.to_string()])?;
    checked(raw)
}

/// The issuer a token **claims** to have, to choose the keys it is then checked with. Anybody can
/// write anything there.
///
/// # Errors
/// The token cannot be read, or has no `iss`.
pub fn unverified_issuer(token: &str) -> Result<String, TokenError> {
    unverified(token, "iss")
}

/// The audience a token **claims** to have, to choose the keys it is then checked with. Anybody can
/// write anything there.
///
/// # Errors
/// The token cannot be read, or has no `aud` that is one text.
pub fn unverified_audience(token: &str) -> Result<String, TokenError> {
    unverified(token, "aud")
}

fn unverified(token: &str, name: &'static str) -> Result<String, TokenError> {
    let claims = compact::unverified_claims(token)?;
    required_text(&claims, name).map(str::to_owned)
}

fn authenticated(
    token: &str,
    keys: &[PublicKey],
    issuer: &str,
    now: Timestamp,
) -> Result<Map<String, Value>, TokenError> {
    let raw = compact::authenticate(token, keys)?;
    let actual = required_text(&raw, "iss")?;
    if actual != issuer {
        let (issuer, expected) = (actual.to_owned(), issuer.to_owned());
        return Err(TokenError::WrongIssuer { issuer, expected });
    }
    check_times(&raw, now.as_second())?;
    Ok(raw)
}

fn check_times(raw: &Map<String, Value>, now: i64) -> Result<(), TokenError> {
    let exp = seconds(raw, "exp")?.ok_or(TokenError::MissingClaim("exp"))?;
    if now >= exp {
        return Err(TokenError::Expired { now, exp });
    }
    for claim in ["nbf", "iat"] {
        match seconds(raw, claim)? {
            Some(begin) if now < begin => return Err(TokenError::NotYet { now, claim, begin }),
            _ => {}
        }
    }
    Ok(())
}

fn check_audience(raw: &Map<String, Value>, audiences: &[&str]) -> Result<(), TokenError> {
    // A list of audiences (RFC 7519 section 4.1.3) is never one of ours, and fails here.
    let audience = raw.get("aud").ok_or(TokenError::MissingClaim("aud"))?;
    match audience.as_str() {
        Some(audience) if audiences.contains(&audience) => Ok(()),
        Some(audience) => Err(TokenError::WrongAudience { audience: audience.to_owned() }),
        None => Err(TokenError::WrongAudience { audience: audience.to_string() }),
    }
}

fn check_use(raw: &Map<String, Value>, expected: &'static str) -> Result<(), TokenError> {
    let token_use = required_text(raw, "token_use")?;
    if token_use == expected {
        return Ok(());
    }
    Err(TokenError::WrongUse { token_use: token_use.to_owned(), expected })
}

/// The typed claims. What is missing or wrong in them is not a forgery, for a key of ours signed
/// it: it is another kind of token.
fn checked<T: DeserializeOwned>(raw: Map<String, Value>) -> Result<Checked<T>, TokenError> {
    match T::deserialize(&raw) {
        Ok(claims) => Ok(Checked { claims, raw }),
        Err(wrong) => Err(TokenError::Malformed(wrong.to_string())),
    }
}

fn required_text<'a>(
    raw: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a str, TokenError> {
    let value = raw.get(name).ok_or(TokenError::MissingClaim(name))?;
    value.as_str().ok_or_else(|| TokenError::Malformed(format!("its {name:?} is not a text")))
}

fn seconds(raw: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, TokenError> {
    let wrong = || TokenError::Malformed(format!("its {name:?} is not whole seconds since 1970"));
    raw.get(name).map(|value| value.as_i64().ok_or_else(wrong)).transpose()
}
