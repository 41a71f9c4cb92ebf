use std::{collections::BTreeMap, fmt, str::FromStr};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sigv4::Checksum;
use store::BlobId;
use types::Timestamp;

use crate::{Tags, UploadId, VersionId};

/// The longest object key, in bytes of UTF-8.
pub const KEY_BYTES_MAX: usize = 1024;
/// All names and values of an object's user metadata together, in bytes of UTF-8.
///
/// Source: S3 User Guide, *Working with object metadata*, *User-defined object metadata*.
pub const USER_METADATA_BYTES_MAX: usize = 2048;

/// An object's key: 1 to 1,024 bytes of UTF-8, literal and case-sensitive.
///
/// `a/../b`, `a//b` and `A/b` are keys like any other and have nothing to do with `b` or `a/b`.
/// Source: S3 User Guide, *Naming Amazon S3 objects*.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey(String);

/// Why a text is not an object key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ObjectKeyError {
    /// It is empty.
    #[error("an object key is not empty")]
    Empty,
    /// It is too long (S3: `KeyTooLongError`).
    #[error("an object key has at most {KEY_BYTES_MAX} bytes, this one has {0}")]
    TooLong(usize),
}

impl ObjectKey {
    /// The key, byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectKey {
    type Err = ObjectKeyError;

    fn from_str(text: &str) -> Result<Self, ObjectKeyError> {
        match text.len() {
            0 => Err(ObjectKeyError::Empty),
            1..=KEY_BYTES_MAX => Ok(Self(text.to_owned())),
            length => Err(ObjectKeyError::TooLong(length)),
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectKey({:?})", self.0)
    }
}

/// One version of what lies under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly all are objects, and few are held at once")]
pub enum ObjectVersion {
    /// An object.
    Object(Object),
    /// What a deletion leaves while versioning is on or suspended.
    DeleteMarker(DeleteMarker),
}

impl ObjectVersion {
    /// The key it lies under.
    #[must_use]
    pub fn key(&self) -> &ObjectKey {
        match self {
            Self::Object(object) => &object.key,
            Self::DeleteMarker(marker) => &marker.key,
        }
    }

    /// Which version it is.
    #[must_use]
    pub fn version_id(&self) -> VersionId {
        match self {
            Self::Object(object) => object.version_id,
            Self::DeleteMarker(marker) => marker.version_id,
        }
    }

    /// When it was written: each version of a key later than the one before.
    #[must_use]
    pub fn last_modified(&self) -> Timestamp {
        match self {
            Self::Object(object) => object.last_modified,
            Self::DeleteMarker(marker) => marker.last_modified,
        }
    }

    /// The object, unless it is a delete marker.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            Self::DeleteMarker(_) => None,
        }
    }
}

/// A version that says that there is nothing under the key.
///
/// Source: S3 User Guide, *Working with delete markers*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteMarker {
    /// The key it lies under.
    pub key: ObjectKey,
    /// Which version it is.
    pub version_id: VersionId,
    /// When it was written.
    pub last_modified: Timestamp,
}

/// One version of an object: all that is known of it, and where its bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The key it lies under.
    pub key: ObjectKey,
    /// Which version it is.
    pub version_id: VersionId,
    /// Its length in bytes.
    pub size: u64,
    /// Its entity tag.
    pub etag: ETag,
    /// When it was written.
    pub last_modified: Timestamp,
    /// The checksums that came with it, verified, or were computed.
    pub checksums: Vec<Checksum>,
    /// What they are checksums of.
    pub checksum_type: ChecksumType,
    /// What its writer said of it.
    pub attributes: Attributes,
    /// Its tags, which can change without a new version.
    pub tags: Tags,
    pub(crate) body: Body,
}

impl Object {
    /// Of how many parts it was put together, if it came by a multipart upload.
    #[must_use]
    pub fn parts_count(&self) -> Option<u16> {
        match self.body {
            Body::Parts { count, .. } => Some(count),
            Body::Inline(_) | Body::Blob(_) => None,
        }
    }

    /// A checksum of it as S3 writes it: that of the parts' checksums ends in their number.
    ///
    /// Source: S3 User Guide, *Checking object integrity*, *Using part-level checksums for multipart
    /// uploads*.
    #[must_use]
    pub fn checksum_text(&self, checksum: &Checksum) -> String {
        match (self.checksum_type, self.parts_count()) {
            (ChecksumType::Composite, Some(count)) => format!("{}-{count}", checksum.to_base64()),
            _ => checksum.to_base64(),
        }
    }
}

/// What an object's checksum is a checksum of.
///
/// Source: S3 User Guide, *Checking object integrity in Amazon S3*, *Full object and composite
/// checksum types*.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChecksumType {
    /// Of all its bytes.
    #[default]
    FullObject,
    /// Of the checksums of its parts.
    Composite,
}

impl ChecksumType {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
    pub(crate) fn is_full_object(&self) -> bool {
        *self == Self::FullObject
    }
}

/// An entity tag in quotes, as in the header: for an object that was put whole, the MD5 of its bytes in
/// hexadecimal digits; for one that was put together, that of its parts' MD5s, and their number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ETag(String);

impl ETag {
    /// The tag of a body with this MD5.
    #[must_use]
    pub fn of_md5(md5: [u8; 16]) -> Self {
        Self(format!("\"{}\"", hex::encode(md5)))
    }

    /// The tag of an object put together of this many parts, whose MD5s have this MD5.
    #[must_use]
    pub(crate) fn of_parts(md5_of_md5s: [u8; 16], count: usize) -> Self {
        Self(format!("\"{}-{count}\"", hex::encode(md5_of_md5s)))
    }

    /// The tag with its quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text, with or without quotes, is this tag.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        text.trim_matches('"') == self.0.trim_matches('"')
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an object's writer said of it: given back as it came, with no meaning here.
///
/// Source: S3 API Reference, `PutObject`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attributes {
    /// `Content-Type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// `Cache-Control`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    /// `Expires`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// What came as `x-amz-meta-NAME`, by NAME in lower case.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub user_metadata: BTreeMap<String, String>,
}

impl Attributes {
    /// Bytes of all names and values of the user metadata.
    #[must_use]
    pub fn user_metadata_length(&self) -> usize {
        self.user_metadata.iter().map(|(name, value)| name.len() + value.len()).sum()
    }
}

/// Where an object's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// In its record.
    Inline(Bytes),
    /// In a blob of their own.
    Blob(BlobId),
    /// In the blobs of the parts, which the manifest under the upload's id lists.
    Parts {
        /// The upload that the object came by.
        upload: UploadId,
        /// How many parts it has.
        count: u16,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_literally() {
        for text in ["a", "a/../b", "a//b", "/", "..", "\0", " ", "ä", "a\\b", &"k".repeat(1024)] {
            assert_eq!(text.parse::<ObjectKey>().unwrap().as_str(), text);
        }
        assert_eq!("".parse::<ObjectKey>(), Err(ObjectKeyError::Empty));
        let long = "ä".repeat(513);
        assert_eq!(long.parse::<ObjectKey>(), Err(ObjectKeyError::TooLong(1026)));
    }

    #[test]
    fn a_tag_is_known_with_and_without_quotes() {
        let tag = ETag::of_md5([0xab; 16]);
        assert_eq!(tag.as_str(), format!("\"{}\"", "ab".repeat(16)));
        assert!(tag.is(tag.as_str()) && tag.is(&"ab".repeat(16)));
        assert!(!tag.is("") && !tag.is("\"ab\""));
    }
}
