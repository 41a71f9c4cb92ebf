//! Continuation tokens: opaque to clients, so that what is in them can change.
//!
//! They hold nothing that the caller was not just told, and say only where to go on: whoever makes
//! one up gets no more than `start-after` gives.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use objects::After;

use crate::error::S3Error;

const KEY: char = 'k';
const COMMON_PREFIX: char = 'p';

/// Where a listing of objects goes on, as a token.
pub(crate) fn token(after: &After) -> String {
    let (kind, text) = match after {
        After::Key(key) => (KEY, key),
        After::CommonPrefix(prefix) => (COMMON_PREFIX, prefix),
    };
    encode(&format!("{kind}{text}"))
}

/// The reverse.
pub(crate) fn after(token: &str) -> Result<After, S3Error> {
    let text = decode(token)?;
    let mut characters = text.chars();
    match characters.next() {
        Some(KEY) => Ok(After::Key(characters.collect())),
        Some(COMMON_PREFIX) => Ok(After::CommonPrefix(characters.collect())),
        _ => Err(incorrect(token)),
    }
}

/// A text as a token.
pub(crate) fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// The reverse.
pub(crate) fn decode(token: &str) -> Result<String, S3Error> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| incorrect(token))
}

/// What is said of a token that is none of ours.
pub(crate) fn incorrect(token: &str) -> S3Error {
    S3Error::InvalidArgument {
        name: "continuation-token",
        value: token.chars().take(100).collect(),
        message: "The continuation token provided is incorrect",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tokens_come_back(text in "\\PC{0,40}") {
            for place in [After::Key(text.clone()), After::CommonPrefix(text)] {
                prop_assert_eq!(after(&token(&place)).unwrap(), place);
            }
        }

        #[test]
        fn no_token_is_too_odd(text in "\\PC{0,40}") {
            let _ = after(&text);
        }
    }

    #[test]
    fn made_up_tokens_are_refused() {
        for text in ["", "not base64!", "eA", "_w", "a2E="] {
            assert!(matches!(after(text), Err(S3Error::InvalidArgument { .. })), "{text}");
        }
    }
}
