//! `NumericDate` of RFC 7519 section 2, in whole seconds as Cognito writes it.

use serde::{Deserialize, Deserializer, Serializer, de::Error};
use types::Timestamp;

pub(crate) fn serialize<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(time.as_second())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    Timestamp::from_second(i64::deserialize(from)?).map_err(D::Error::custom)
}
