//! Multipart uploads from their beginning to their abortion.

use std::{fmt, str::FromStr};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sigv4::ChecksumAlgorithm;
use store::{Batch, CommitError, Key, Version};
use types::{Entropy, Timestamp};

use crate::{
    Attributes, BUCKETS, Bucket, ChecksumType, ObjectKey, Objects, ObjectsError, Tags, UPLOADS,
    USER_METADATA_BYTES_MAX, Versioned, WriteError, buckets::bucket_key, cleanup, objects_of,
    record,
};

/// A multipart upload that is under way: neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The key that its object will lie under.
    pub key: ObjectKey,
    /// Its id, the one secret that who uploads has.
    pub id: UploadId,
    /// When it was begun.
    pub initiated: Timestamp,
    /// Who began it.
    pub initiator: Initiator,
    /// What its object will have.
    pub attributes: Attributes,
    /// The tags of its object.
    pub tags: Tags,
    /// The checksum that was asked for, if one was.
    pub checksum: Option<UploadChecksum>,
}

/// What is said when an upload is begun.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// The key that its object will lie under.
    pub key: ObjectKey,
    /// Who begins it.
    pub initiator: Initiator,
    /// What its object will have.
    pub attributes: Attributes,
    /// The tags of its object.
    pub tags: Tags,
    /// The checksum that is asked for, if one is.
    pub checksum: Option<UploadChecksum>,
}

/// Who began an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initiator {
    /// As S3 names it: an account's id, or the ARN of a user or session.
    pub id: String,
    /// What only its own requests have in common; `None` if it cannot be told from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
}

/// Which checksum the object of an upload gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadChecksum {
    /// The algorithm; each part has a checksum by it.
    pub algorithm: ChecksumAlgorithm,
    /// Whether the object's is of all bytes or of the parts' checksums.
    pub checksum_type: ChecksumType,
}

impl UploadChecksum {
    /// What an object has whose writer asked for none.
    ///
    /// Source: S3 User Guide, *Checking object integrity in Amazon S3*: "the default integrity".
    pub const DEFAULT: Self =
        Self { algorithm: ChecksumAlgorithm::Crc64Nvme, checksum_type: ChecksumType::FullObject };
}

/// An upload's id: the moment it was begun, to the microsecond, and 128 random bits, as 48 lower-case
/// hexadecimal digits. So the order of ids is that of beginnings.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UploadId([u8; 24]);

/// A text is not an upload's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an upload's id has 48 lower-case hexadecimal digits")]
pub struct NotAnUploadId;

impl UploadId {
    fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut id = [0; 24];
        let (moment, random) = id.split_at_mut(8);
        // Moments before 1970, which no clock shows, would only be out of order.
        moment.copy_from_slice(&now.as_microsecond().to_be_bytes());
        random.copy_from_slice(&entropy.bytes::<16>());
        Self(id)
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadId({self})")
    }
}

impl FromStr for UploadId {
    type Err = NotAnUploadId;

    fn from_str(text: &str) -> Result<Self, NotAnUploadId> {
        let mut id = [0; 24];
        match hex::decode_to_slice(text, &mut id) {
            Ok(()) if !text.bytes().any(|b| b.is_ascii_uppercase()) => Ok(Self(id)),
            _ => Err(NotAnUploadId),
        }
    }
}

impl TryFrom<String> for UploadId {
    type Error = NotAnUploadId;

    fn try_from(text: String) -> Result<Self, NotAnUploadId> {
        text.parse()
    }
}

impl From<UploadId> for String {
    fn from(id: UploadId) -> Self {
        id.to_string()
    }
}

/// Why an upload was not aborted, or its parts were not listed.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// There is none of this id under the key: there never was, or it was completed or aborted (S3:
    /// `NoSuchUpload`).
    #[error("there is no such multipart upload")]
    NoSuchUpload(UploadId),
    /// The bucket is not as it was when the request was decided. Decide again.
    #[error("the bucket has changed or is gone since the request was decided")]
    BucketChanged,
    /// The store failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
}

impl Objects {
    /// Begins a multipart upload.
    ///
    /// # Errors
    /// [`WriteError::BucketChanged`], [`WriteError::MetadataTooLarge`], or the store failed.
    pub async fn create_upload(
        &self,
        bucket: &Versioned<Bucket>,
        new: NewUpload,
    ) -> Result<Versioned<Upload>, WriteError> {
        let NewUpload { key, initiator, attributes, tags, checksum } = new;
        let length = attributes.user_metadata_length();
        if length > USER_METADATA_BYTES_MAX {
            let limit = USER_METADATA_BYTES_MAX;
            return Err(WriteError::MetadataTooLarge { length, limit });
        }
        let initiated = self.clock.now();
        let id = UploadId::new(initiated, &*self.entropy);
        let upload = Upload { key, id, initiated, initiator, attributes, tags, checksum };
        let name = bucket_key(bucket.value.name.as_str());
        let batch = Batch::new().require(BUCKETS, name, bucket.version).insert(
            UPLOADS,
            upload_key(&bucket.value, &upload.key, id),
            write(&upload),
        );
        match self.records.commit(batch).await {
            Ok(revision) => Ok(Versioned { version: Version(revision.0), value: upload }),
            Err(CommitError::Conflict(_)) => Err(WriteError::BucketChanged),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// The upload of this id under the key, if it is under way.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn upload(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        id: UploadId,
    ) -> Result<Option<Versioned<Upload>>, ObjectsError> {
        let found = self.records.get(UPLOADS, &upload_key(bucket, key, id)).await?;
        found.map(|found| found.try_map(|value| read(key.clone(), id, &value))).transpose()
    }

    /// Ends an upload: no part comes to it any more, and those that have come are removed.
    ///
    /// # Errors
    /// [`UploadError`], if there is none, the bucket has changed or the store failed.
    pub async fn abort_upload(
        &self,
        bucket: &Versioned<Bucket>,
        upload: &Versioned<Upload>,
    ) -> Result<(), UploadError> {
        let Upload { key, id, .. } = &upload.value;
        let name = bucket_key(bucket.value.name.as_str());
        let batch = Batch::new().require(BUCKETS, name, bucket.version).remove(
            UPLOADS,
            upload_key(&bucket.value, key, *id),
            upload.version,
        );
        let batch = cleanup::removal_of_parts(self, *id).enqueue(batch);
        match self.records.commit(batch).await {
            Ok(_) => Ok(()),
            Err(CommitError::Conflict(failed)) if failed.space() == UPLOADS => {
                Err(UploadError::NoSuchUpload(*id))
            }
            Err(CommitError::Conflict(_)) => Err(UploadError::BucketChanged),
            Err(CommitError::Store(error)) => Err(ObjectsError::from(error).into()),
        }
    }
}

/// Where an upload lies, in [`UPLOADS`] as long as it is under way.
pub(crate) fn upload_key(bucket: &Bucket, key: &ObjectKey, id: UploadId) -> Key {
    objects_of(bucket).text(key.as_str()).text(&id.to_string())
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    initiated: Timestamp,
    initiator: Initiator,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    tags: Tags,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<StoredChecksum>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredChecksum {
    algorithm: String,
    checksum_type: ChecksumType,
}

fn write(upload: &Upload) -> Bytes {
    let checksum = |UploadChecksum { algorithm, checksum_type }| {
        let algorithm = algorithm.header_name().to_owned();
        StoredChecksum { algorithm, checksum_type }
    };
    let stored = Stored {
        initiated: upload.initiated,
        initiator: upload.initiator.clone(),
        attributes: upload.attributes.clone(),
        tags: upload.tags.clone(),
        checksum: upload.checksum.map(checksum),
    };
    record::write_json(&stored)
}

pub(crate) fn read(key: ObjectKey, id: UploadId, value: &[u8]) -> Result<Upload, ObjectsError> {
    let checksum = |stored: &StoredChecksum| {
        let algorithm = ChecksumAlgorithm::from_header_name(&stored.algorithm)?;
        Some(UploadChecksum { algorithm, checksum_type: stored.checksum_type })
    };
    let parts = record::read_json(value).and_then(|stored: Stored| {
        let checksum = match &stored.checksum {
            Some(stored) => Some(checksum(stored)?),
            None => None,
        };
        Some((stored, checksum))
    });
    let Some((stored, checksum)) = parts else {
        let what = format!("the upload {id} of {:?}", key.as_str());
        return Err(ObjectsError::Damaged { what });
    };
    let Stored { initiated, initiator, attributes, tags, .. } = stored;
    Ok(Upload { key, id, initiated, initiator, attributes, tags, checksum })
}
