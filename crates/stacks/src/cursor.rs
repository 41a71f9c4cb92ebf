//! Where a listing goes on: sealed, so that a client cannot make up a place.

use session::{KeyRing, Label, Sealed};
use types::{Entropy, Secret};

use crate::error::StackError;

/// The token of the place behind `position` in the listing `of`.
pub(crate) fn seal(
    ring: &KeyRing,
    entropy: &dyn Entropy,
    of: &str,
    position: &[u8],
) -> Result<String, StackError> {
    let secret = Secret::new(position.to_vec());
    Ok(ring.seal(Label::Cursor, of.as_bytes(), &secret, entropy)?.to_string())
}

/// The place that a token is of.
pub(crate) fn open(
    ring: &KeyRing,
    of: &str,
    token: Option<&str>,
) -> Result<Option<Vec<u8>>, StackError> {
    let Some(token) = token else { return Ok(None) };
    let sealed: Sealed<Vec<u8>> = token.parse().map_err(|_| StackError::Token)?;
    let opened = ring.open(Label::Cursor, of.as_bytes(), &sealed).map_err(|_| StackError::Token)?;
    Ok(Some(opened.expose().clone()))
}
