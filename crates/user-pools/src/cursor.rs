//! Where a listing goes on: sealed, so that nobody can make one or use it for another listing.

use session::{KeyRing, Label, Sealed};
use types::{Entropy, Secret};

use crate::error::UserPoolsError;

/// How many are listed unless the caller says otherwise, and at most (model: `QueryLimitType`).
const PAGE_LENGTH_MAX: usize = 60;

/// One listing: which operation, over what.
pub(crate) struct Listing<'a> {
    /// The operation's name.
    pub(crate) operation: &'static str,
    /// The rest of the request: the pool, the filter.
    pub(crate) of: &'a [&'a str],
}

impl Listing<'_> {
    /// The token that goes on behind `position`.
    pub(crate) fn token(
        &self,
        position: &[u8],
        ring: &KeyRing,
        entropy: &dyn Entropy,
    ) -> Result<String, UserPoolsError> {
        let position = Secret::new(position.to_vec());
        Ok(ring.seal(Label::Cursor, &self.bytes(), &position, entropy)?.to_string())
    }

    /// The position behind which a token goes on.
    pub(crate) fn position(
        &self,
        token: Option<&str>,
        ring: &KeyRing,
    ) -> Result<Option<Vec<u8>>, UserPoolsError> {
        let Some(token) = token else { return Ok(None) };
        let sealed: Result<Sealed<Vec<u8>>, _> = token.parse();
        let position = sealed.and_then(|sealed| ring.open(Label::Cursor, &self.bytes(), &sealed));
        let position = position.map_err(|_| {
            let message = "The pagination token is not one that the same request was answered with";
            UserPoolsError::InvalidParameter(message.to_owned())
        })?;
        Ok(Some(position.expose().clone()))
    }

    fn bytes(&self) -> Vec<u8> {
        // Each part with its length, so that no two listings read the same.
        let mut bytes = Vec::new();
        for part in std::iter::once(&self.operation).chain(self.of) {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// The length of a page. AWS takes 0 for nothing said.
pub(crate) fn page_length(limit: Option<i32>) -> usize {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
    limit.map_or(PAGE_LENGTH_MAX, |limit| limit.min(PAGE_LENGTH_MAX))
}

#[cfg(test)]
mod tests {
    use types::SeededEntropy;

    use super::*;

    #[test]
    fn a_token_goes_on_with_its_own_listing_and_no_other() {
        let entropy: &dyn Entropy = &SeededEntropy::new(1);
        let ring = KeyRing::generate(entropy).unwrap();
        let users = Listing { operation: "ListUsers", of: &["us-east-1_a", "email = \"x\""] };
        let token = users.token(b"position", &ring, entropy).unwrap();
        assert_eq!(users.position(Some(&token), &ring).unwrap().unwrap(), b"position");
        assert_eq!(users.position(None, &ring).unwrap(), None);
        for other in [
            Listing { operation: "ListGroups", of: &["us-east-1_a", "email = \"x\""] },
            Listing { operation: "ListUsers", of: &["us-east-1_b", "email = \"x\""] },
            Listing { operation: "ListUsers", of: &["us-east-1_a", ""] },
            Listing { operation: "ListUsers", of: &["us-east-1_aemail = \"x\""] },
        ] {
            assert!(other.position(Some(&token), &ring).is_err());
        }
        let other_ring = KeyRing::generate(entropy).unwrap();
        assert!(users.position(Some(&token), &other_ring).is_err());
        for forged in ["", "x", "position", token.get(1..).unwrap()] {
            assert!(users.position(Some(forged), &ring).is_err(), "{forged}");
        }
    }

    #[test]
    fn pages_have_at_most_sixty() {
        let lengths = [None, Some(0), Some(-1), Some(1), Some(60), Some(61)].map(page_length);
        assert_eq!(lengths, [60, 60, 60, 1, 60, 60]);
    }
}
