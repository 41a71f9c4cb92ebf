//! ARNs, ids, secrets, times; the [`Clock`] and [`Entropy`] traits.
//!
//! The ground that every other crate stands on. It opens no file or socket, reads no clock and no
//! random source of its own, and knows no service.

mod account;
mod arn;
mod clock;
mod entropy;
mod id;
mod region;
mod secret;

pub use account::AccountId;
pub use arn::{Arn, ArnError};
pub use clock::{Clock, ManualClock};
pub use entropy::{Entropy, SeededEntropy};
pub use id::{
    AccessKeyId, IdentityId, IdentityPoolId, RequestId, UniqueId, UniqueIdKind, UserPoolId, Uuid,
};
pub use jiff::{SignedDuration, Timestamp};
pub use region::Region;
pub use secret::{Secret, SecretBytes, SecretString};

/// A text that does not have the form its type demands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not {expected}")]
pub struct Malformed {
    /// What the text should have been, as a noun phrase: `an account id (12 digits)`.
    pub expected: &'static str,
    /// The text, shortened to 200 characters.
    pub value: String,
}

impl Malformed {
    pub(crate) fn new(expected: &'static str, value: &str) -> Self {
        Self { expected, value: value.chars().take(200).collect() }
    }
}

/// Serde as the text that `Display` writes and `FromStr` reads.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;
