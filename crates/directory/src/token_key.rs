use serde::{Deserialize, Serialize};
use session::{KeyRing, Label, SealError, Sealed, UnsealError};
use store::{Key, Space};
use tokens::{Jwk, KeyError, SigningKey};
use types::{Entropy, Timestamp};

use crate::{Owner, Record};

/// A key that a pool signs tokens with.
///
/// A user pool has two, so that its ID and access tokens differ in `kid`; an identity pool has one.
/// The public half is readable, since it is published; the private one is sealed.
///
/// Source: Amazon Cognito Developer Guide, *Understanding the access token*.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenKey {
    /// The public half, by which tokens are checked.
    pub jwk: Jwk,
    /// The private half, in PKCS#8.
    private: Sealed<Vec<u8>>,
    /// When it was made.
    pub created: Timestamp,
}

/// What a token key is found by.
#[derive(Debug, Clone)]
pub struct TokenKeyKey {
    /// The account and region of the pool.
    pub owner: Owner,
    /// The id of the user pool or identity pool.
    pub pool: String,
    /// Which of the pool's keys.
    pub purpose: TokenPurpose,
}

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenPurpose {
    /// A user pool's ID tokens.
    IdToken,
    /// A user pool's access tokens.
    AccessToken,
    /// An identity pool's own tokens (`GetOpenIdToken`).
    IdentityToken,
}

/// Why a token key cannot be kept or used.
#[derive(Debug, thiserror::Error)]
pub enum TokenKeyError {
    /// The key cannot be written or read as PKCS#8.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It does not open.
    #[error(transparent)]
    Unseal(#[from] UnsealError),
}

impl TokenKey {
    /// The record of `signing`, to be created under `key` and no other.
    ///
    /// # Errors
    /// The key cannot be written or sealed.
    pub fn seal(
        key: &TokenKeyKey,
        signing: &SigningKey,
        created: Timestamp,
        ring: &KeyRing,
        entropy: &dyn Entropy,
    ) -> Result<Self, TokenKeyError> {
        let place = Self::associated_data(key);
        let private = ring.seal(Label::SecretAtRest, &place, &signing.to_pkcs8()?, entropy)?;
        Ok(Self { jwk: signing.jwk().clone(), private, created })
    }

    /// The key itself, as it was found under `key`.
    ///
    /// # Errors
    /// It does not open with this ring, or not as a record of this key.
    pub fn open(&self, key: &TokenKeyKey, ring: &KeyRing) -> Result<SigningKey, TokenKeyError> {
        let place = Self::associated_data(key);
        let der = ring.open(Label::SecretAtRest, &place, &self.private)?;
        Ok(SigningKey::from_pkcs8(&der)?)
    }
}

impl TokenPurpose {
    fn text(self) -> &'static str {
        match self {
            Self::IdToken => "id",
            Self::AccessToken => "access",
            Self::IdentityToken => "identity",
        }
    }
}

impl Record for TokenKey {
    const SPACE: Space = Space::new("token_key");
    const VERSION: u8 = 1;
    type Key = TokenKeyKey;

    fn encode_key(key: &TokenKeyKey) -> Key {
        key.owner.regional_key().text(&key.pool).text(key.purpose.text())
    }
}

#[cfg(test)]
mod tests {
    use types::SeededEntropy;

    use super::*;
    use crate::OwnerAuthority;

    fn key(pool: &str, purpose: TokenPurpose) -> TokenKeyKey {
        let (account, region) = ("123456789012", "us-east-1");
        let owner = OwnerAuthority::new().owner(account.parse().unwrap(), region.parse().unwrap());
        TokenKeyKey { owner, pool: pool.to_owned(), purpose }
    }

    #[test]
    fn a_key_opens_only_as_the_record_it_is() {
        let entropy: &dyn Entropy = &SeededEntropy::new(1);
        let ring = KeyRing::generate(entropy).unwrap();
        let signing = SigningKey::generate().unwrap();
        let place = key("us-east-1_a", TokenPurpose::IdToken);
        let record =
            TokenKey::seal(&place, &signing, Timestamp::UNIX_EPOCH, &ring, entropy).unwrap();
        assert_eq!(record.open(&place, &ring).unwrap().jwk(), signing.jwk());
        for other in [
            key("us-east-1_b", TokenPurpose::IdToken),
            key("us-east-1_a", TokenPurpose::AccessToken),
        ] {
            assert!(matches!(
                record.open(&other, &ring),
                Err(TokenKeyError::Unseal(UnsealError::Broken))
            ));
        }
    }
}
