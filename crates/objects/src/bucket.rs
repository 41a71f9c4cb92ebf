use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use types::{AccountId, Region, Timestamp, Uuid};

use crate::Tags;

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
    /// Whether it keeps the versions of its objects.
    #[serde(default)]
    pub versioning: Versioning,
    /// What public access is blocked, if that was said. Records without it were written when nothing
    /// was blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_access_block: Option<PublicAccessBlock>,
    /// Who owns its objects; `None` if the setting was removed. Records without it were written
    /// when there was this one setting only.
    #[serde(default = "enforced")]
    pub object_ownership: Option<ObjectOwnership>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

impl Bucket {
    /// A new bucket: no versioning, no policy, no tags, all public access blocked.
    ///
    /// Source: S3 User Guide, *Default settings for new S3 buckets FAQ*.
    #[must_use]
    pub fn new(
        name: BucketName,
        owner: AccountId,
        region: Region,
        id: Uuid,
        created: Timestamp,
    ) -> Self {
        Self {
            name,
            owner,
            region,
            id,
            created,
            policy: None,
            versioning: Versioning::Off,
            public_access_block: Some(PublicAccessBlock::ALL),
            object_ownership: enforced(),
            tags: Tags::default(),
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is the default of an optional setting")]
fn enforced() -> Option<ObjectOwnership> {
    Some(ObjectOwnership::BucketOwnerEnforced)
}

/// Whether a bucket keeps the versions of its objects.
///
/// Source: S3 User Guide, *Retaining multiple versions of objects with S3 Versioning*.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// It never did: a write replaces what was there.
    #[default]
    Off,
    /// It does: a write adds a version.
    Enabled,
    /// It did, and keeps those that there are: a write replaces the null version.
    Suspended,
}

/// What public access to a bucket is blocked.
///
/// Source: S3 User Guide, *Blocking public access to your Amazon S3 storage*.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "S3 has these four switches")]
#[serde(deny_unknown_fields)]
pub struct PublicAccessBlock {
    /// Public access control lists are refused. There are none here.
    pub block_public_acls: bool,
    /// Public access control lists count for nothing. There are none here.
    pub ignore_public_acls: bool,
    /// A policy that is public is refused.
    pub block_public_policy: bool,
    /// A policy that is public counts for the owner's account and for services only.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All of it.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
}

/// Who owns the objects of a bucket. The other two settings of S3 need access control lists.
///
/// Source: S3 User Guide, *Controlling ownership of objects and disabling ACLs for your bucket*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObjectOwnership {
    /// The bucket's owner owns them all, and policies alone say who may do what.
    BucketOwnerEnforced,
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

    /// As the first release wrote it.
    #[test]
    fn a_record_without_settings_is_of_a_time_without_them() {
        let id = Uuid::random(&types::SeededEntropy::new(1));
        let text = format!(
            r#"{{"name": "coats", "owner": "123456789012", "region": "us-east-1", "id": "{id}",
                "created": "2026-01-02T03:04:05Z", "policy": null}}"#
        );
        let bucket: Bucket = serde_json::from_str(&text).unwrap();
        assert_eq!(bucket.versioning, Versioning::Off);
        assert_eq!(bucket.public_access_block, None);
        assert_eq!(bucket.object_ownership, Some(ObjectOwnership::BucketOwnerEnforced));
        let removed = Bucket { object_ownership: None, ..bucket };
        let text = serde_json::to_string(&removed).unwrap();
        assert_eq!(serde_json::from_str::<Bucket>(&text).unwrap(), removed);
    }
}
