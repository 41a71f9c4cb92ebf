use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use types::{AccountId, Region, Timestamp, Uuid};

/// A bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens.
///
/// Source: S3 User Guide, *General purpose bucket naming rules*.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BucketName(String);

/// Why a text is not a bucket's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens")]
pub struct NotABucketName(String);

impl BucketName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BucketName {
    type Err = NotABucketName;

    fn from_str(text: &str) -> Result<Self, NotABucketName> {
        let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let ends = |b: Option<u8>| b.is_some_and(alphanumeric);
        let legal = (3..=63).contains(&text.len())
            && text.bytes().all(|b| alphanumeric(b) || b == b'.' || b == b'-')
            && ends(text.bytes().next())
            && ends(text.bytes().last())
            && !text.contains("..")
            && text.parse::<std::net::Ipv4Addr>().is_err()
            && !["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|p| text.starts_with(p))
            && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
                .iter()
                .any(|s| text.ends_with(s));
        if legal {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotABucketName(text.chars().take(100).collect()))
        }
    }
}

impl TryFrom<String> for BucketName {
    type Error = NotABucketName;

    fn try_from(text: String) -> Result<Self, NotABucketName> {
        text.parse()
    }
}

impl From<BucketName> for String {
    fn from(name: BucketName) -> Self {
        name.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A bucket as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name, unique among all accounts.
    pub name: BucketName,
    /// The account it belongs to.
    pub owner: AccountId,
    /// The region it was made in.
    pub region: Region,
    /// What its objects are filed under: a later bucket of this name has another.
    pub id: Uuid,
    /// When it was made.
    pub created: Timestamp,
    /// Its policy, as written.
    pub policy: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: S3 User Guide, *General purpose bucket naming rules*, with its examples.
    #[test]
    fn names_follow_the_rules() {
        for name in ["abc", "amzn-s3-demo.bucket", "log-delivery-march-2020", "1.2.3.4.5", "a-b"] {
            assert_eq!(name.parse::<BucketName>().unwrap().as_str(), name);
        }
        assert!("a".repeat(63).parse::<BucketName>().is_ok());
        assert!("a".repeat(64).parse::<BucketName>().is_err());
        for name in [
            "",
            "ab",
            "Abc",
            "a_b",
            "a b",
            "-ab",
            "ab-",
            ".ab",
            "ab.",
            "a..b",
            "192.168.5.4",
            "xn--abc",
            "sthree-abc",
            "amzn-s3-demo-bucket",
            "abc-s3alias",
            "abc--ol-s3",
            "abc.mrap",
            "abc--x-s3",
            "abc--table-s3",
            "äbc",
            "a/b",
            "a\0b",
        ] {
            assert!(name.parse::<BucketName>().is_err(), "{name}");
        }
    }
}
