//! Continuation tokens: where a listing goes on, sealed for that listing.

use objects::After;
use session::{Label, Sealed};
use types::Secret;

use crate::{S3, error::S3Error};

const KEY: char = 'k';
const COMMON_PREFIX: char = 'p';

/// A listing whose tokens open for no other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Listing<'a> {
    /// The buckets of an account.
    Buckets { account: &'a str },
    /// The objects of a bucket.
    Objects { bucket: &'a str, prefix: &'a str, delimiter: &'a str },
}

impl S3 {
    /// A position in a listing, as a token.
    pub(crate) fn token(&self, listing: Listing<'_>, position: String) -> Result<String, S3Error> {
        let position = Secret::new(position);
        let sealed =
            self.ring.seal(Label::Cursor, &associated(listing), &position, &*self.entropy)?;
        Ok(sealed.to_string())
    }

    /// The reverse.
    pub(crate) fn position(&self, listing: Listing<'_>, token: &str) -> Result<String, S3Error> {
        let sealed: Option<Sealed<String>> = token.parse().ok();
        let opened = sealed
            .and_then(|sealed| self.ring.open(Label::Cursor, &associated(listing), &sealed).ok());
        opened.map(|position| position.expose().clone()).ok_or_else(|| S3Error::InvalidArgument {
            name: "continuation-token",
            value: token.chars().take(100).collect(),
            message: "The continuation token provided is incorrect",
        })
    }
}

/// What the token is bound to. Each text is quoted, so no two listings are written alike.
fn associated(listing: Listing<'_>) -> Vec<u8> {
    let text = match listing {
        Listing::Buckets { account } => format!("buckets {account:?}"),
        Listing::Objects { bucket, prefix, delimiter } => {
            format!("objects {bucket:?} {prefix:?} {delimiter:?}")
        }
    };
    text.into_bytes()
}

/// Where a listing of objects goes on, as a text.
pub(crate) fn write(after: &After) -> String {
    let (kind, text) = match after {
        After::Key(key) => (KEY, key),
        After::CommonPrefix(prefix) => (COMMON_PREFIX, prefix),
    };
    format!("{kind}{text}")
}

/// The reverse, of a text that came out of a token.
pub(crate) fn read(text: &str) -> After {
    match text.strip_prefix(COMMON_PREFIX) {
        Some(prefix) => After::CommonPrefix(prefix.to_owned()),
        None => After::Key(text.strip_prefix(KEY).unwrap_or(text).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::World;

    const LISTING: Listing<'_> = Listing::Objects { bucket: "b", prefix: "p", delimiter: "/" };

    #[test]
    fn a_token_opens_for_its_own_listing_only() {
        let world = World::new();
        let token = world.s3.token(LISTING, "kpk".to_owned()).unwrap();
        assert_eq!(world.s3.position(LISTING, &token).unwrap(), "kpk");
        for other in [
            Listing::Objects { bucket: "c", prefix: "p", delimiter: "/" },
            Listing::Objects { bucket: "b", prefix: "", delimiter: "/" },
            Listing::Objects { bucket: "b", prefix: "p/", delimiter: "" },
            Listing::Buckets { account: "123456789012" },
        ] {
            let error = world.s3.position(other, &token).unwrap_err();
            assert!(matches!(error, S3Error::InvalidArgument { .. }), "{other:?}");
        }
        // Another ring's.
        assert!(World::new().s3.position(LISTING, &token).is_err());
    }

    #[test]
    fn made_up_tokens_are_refused() {
        let world = World::new();
        for token in ["", "not base64!", "eA", "_w", "a2E="] {
            assert!(world.s3.position(LISTING, token).is_err(), "{token}");
        }
    }

    proptest! {
        #[test]
        fn positions_come_back(text in "\\PC{0,40}") {
            for after in [After::Key(text.clone()), After::CommonPrefix(text)] {
                prop_assert_eq!(read(&write(&after)), after);
            }
        }
    }
}
