use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use types::{Entropy, Timestamp};

/// Which version of an object.
///
/// Written as S3 writes it: `null`, or a text that means nothing to anybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum VersionId {
    /// The version that was written while versioning was off or suspended. A key has one at most.
    Null,
    /// One that was written while versioning was on.
    Unique(UniqueVersionId),
}

/// The id of a version that was written while versioning was on: the moment it was written at, which is
/// its place among the versions of its key, and chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UniqueVersionId {
    microseconds: i64,
    random: [u8; 8],
}

/// Why a text is not a version's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is none of the ids that versions are given")]
pub struct NotAVersionId;

const NULL: &str = "null";

impl VersionId {
    pub(crate) fn unique(written: Timestamp, entropy: &dyn Entropy) -> Self {
        let random = entropy.bytes();
        Self::Unique(UniqueVersionId { microseconds: written.as_microsecond(), random })
    }
}

impl UniqueVersionId {
    /// When the version was written, in microseconds since 1970.
    pub(crate) fn microseconds(self) -> i64 {
        self.microseconds
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str(NULL),
            Self::Unique(UniqueVersionId { microseconds, random }) => {
                f.write_str(&hex::encode(microseconds.to_be_bytes()))?;
                f.write_str(&hex::encode(random))
            }
        }
    }
}

impl FromStr for VersionId {
    type Err = NotAVersionId;

    fn from_str(text: &str) -> Result<Self, NotAVersionId> {
        if text == NULL {
            return Ok(Self::Null);
        }
        let is_ours = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let half = |at| {
            let mut bytes = [0; 8];
            let digits = text.get(at).filter(|_| is_ours && text.len() == 32);
            let read =
                digits.is_some_and(|digits| hex::decode_to_slice(digits, &mut bytes).is_ok());
            if read { Ok(bytes) } else { Err(NotAVersionId) }
        };
        let microseconds = i64::from_be_bytes(half(0..16)?);
        Ok(Self::Unique(UniqueVersionId { microseconds, random: half(16..32)? }))
    }
}

impl TryFrom<String> for VersionId {
    type Error = NotAVersionId;

    fn try_from(text: String) -> Result<Self, NotAVersionId> {
        text.parse()
    }
}

impl From<VersionId> for String {
    fn from(id: VersionId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use types::SeededEntropy;

    use super::*;

    #[test]
    fn an_id_is_read_as_written() {
        let written = "2026-01-02T03:04:05.678901Z".parse().unwrap();
        let unique = VersionId::unique(written, &SeededEntropy::new(1));
        for id in [VersionId::Null, unique] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert_eq!(VersionId::Null.to_string(), "null");
        assert_eq!(unique.to_string().len(), 32);
        assert_ne!(unique, VersionId::unique(written, &SeededEntropy::new(2)));
    }

    #[test]
    fn every_id_has_one_spelling() {
        let id = VersionId::unique(Timestamp::UNIX_EPOCH, &SeededEntropy::new(1)).to_string();
        let (upper, short) = (id.to_ascii_uppercase(), id.split_at(30).0);
        for text in ["", "Null", "null ", &upper, short, &format!("{id}00"), &format!(" {id}")] {
            assert_eq!(text.parse::<VersionId>(), Err(NotAVersionId), "{text:?}");
        }
    }
}
