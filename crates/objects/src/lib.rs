//! Buckets, keys and uploads: the index as records, the bytes as blobs.
//!
//! Every S3 rule about what is stored is here once, whatever the records and the bytes lie in. An
//! object's key is a flat, literal, case-sensitive text: it is never normalised and never becomes part
//! of a path. Bodies of up to [`INLINE_MAX`] bytes lie in the object's own record; larger ones are blobs
//! under random ids.
//!
//! What spans both: a blob is recorded as a job that removes it before its first byte is written,
//! and the commit that makes the object visible cancels that job. So a crash at any step leaves
//! either the old object or the new one, and no bytes that nobody will remove.
//!
//! | space | key | value |
//! |---|---|---|
//! | `buckets` | name | [`Bucket`] |
//! | `account_buckets` | account, name | nothing: the bucket of that account |
//! | `objects` | bucket id, object key | the current [`ObjectVersion`], and its body if inline |
//! | `versions` | bucket id, object key, moment backwards | an earlier one, likewise |
//! | `null_versions` | bucket id, object key | the moment of the null version, if it is an earlier one |
//! | `uploads` | bucket id, object key, upload id | a multipart [`Upload`] that is under way |
//! | `upload_parts` | upload id, part number | a [`Part`] of it, in a blob |
//! | `manifests` | upload id | the parts that an object was put together of |
//! | `completed_uploads` | bucket id, object key, upload id | for a day: what came of it |
//! | `jobs` | due, id | bodies to remove |
//!
//! A current version has a fixed key so that it is one point read and so that all writers of an
//! object key meet at one record: see [`history`]. Its version id is in the record.
//!
//! Deliberately absent: SQL, HTTP, who may do what.

mod body;
mod bucket;
mod buckets;
mod cleanup;
mod complete;
mod condition;
mod copy;
mod delete;
mod error;
mod history;
mod list;
mod list_uploads;
mod list_versions;
mod manifest;
#[cfg(test)]
mod multipart_tests;
mod object;
mod part;
mod put;
mod record;
mod tags;
#[cfg(test)]
mod testing;
mod upload;
mod version_id;

use std::{fmt, sync::Arc};

use jobs::JOBS;
use store::{Blobs, Key, Records, Space};
use types::{Clock, Entropy, Uuid};

pub use body::BodyStream;
pub use bucket::{
    Bucket, BucketName, NotABucketName, ObjectOwnership, PublicAccessBlock, Versioning,
};
pub use buckets::{CreateBucketError, DeleteBucketError};
pub use complete::{Completion, CompletionError, NamedPart, PART_BYTES_MIN};
pub use condition::Condition;
pub use copy::CopyOptions;
pub use delete::Deleted;
pub use error::{ObjectsError, WriteError};
pub use list::{After, List, Listing, MAX_KEYS};
pub use list_uploads::{ListUploads, UploadListing, UploadsAfter};
pub use list_versions::{AfterVersion, ListVersions, VersionListing};
pub use manifest::ObjectPart;
pub use object::{
    Attributes, ChecksumType, DeleteMarker, ETag, KEY_BYTES_MAX, Object, ObjectKey, ObjectKeyError,
    ObjectVersion, USER_METADATA_BYTES_MAX,
};
pub use part::{PART_NUMBER_MAX, Part, PartNumber, PartPage};
pub use put::{INLINE_MAX, Put};
pub use store::Versioned;
pub use tags::{BUCKET_TAGS_MAX, OBJECT_TAGS_MAX, Tags, TagsError};
pub use upload::{
    Initiator, NewUpload, NotAnUploadId, Upload, UploadChecksum, UploadError, UploadId,
};
pub use version_id::{NotAVersionId, UniqueVersionId, VersionId};

/// The spaces that the records given to [`Objects::new`] must be opened with.
pub const SPACES: &[Space] = &[
    BUCKETS,
    ACCOUNT_BUCKETS,
    OBJECTS,
    VERSIONS,
    NULL_VERSIONS,
    UPLOADS,
    UPLOAD_PARTS,
    MANIFESTS,
    COMPLETED_UPLOADS,
    JOBS,
];

const BUCKETS: Space = Space::new("buckets");
const ACCOUNT_BUCKETS: Space = Space::new("account_buckets");
const OBJECTS: Space = Space::new("objects");
const UPLOADS: Space = Space::new("uploads");
const UPLOAD_PARTS: Space = Space::new("upload_parts");
const MANIFESTS: Space = Space::new("manifests");
const COMPLETED_UPLOADS: Space = Space::new("completed_uploads");
const VERSIONS: Space = Space::new("versions");
const NULL_VERSIONS: Space = Space::new("null_versions");

/// Buckets and objects. Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    records: Arc<dyn Records>,
    blobs: Arc<dyn Blobs>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Objects {
    /// The buckets and objects in these records and blobs.
    #[must_use]
    pub fn new(
        records: Arc<dyn Records>,
        blobs: Arc<dyn Blobs>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { records, blobs, clock, entropy }
    }

    /// The object under the key, unless there is none. One point read.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn object(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
    ) -> Result<Option<Versioned<Object>>, ObjectsError> {
        let current = self.current(bucket, key).await?;
        Ok(current.and_then(|current| match current.value {
            ObjectVersion::Object(value) => Some(Versioned { version: current.version, value }),
            ObjectVersion::DeleteMarker(_) => None,
        }))
    }
}

/// What all keys of a bucket's objects begin with.
fn objects_of(bucket: &Bucket) -> Key {
    objects_of_id(bucket.id)
}

fn objects_of_id(bucket: Uuid) -> Key {
    Key::new().text(&bucket.to_string())
}

fn object_key(bucket: &Bucket, key: &ObjectKey) -> Key {
    objects_of(bucket).text(key.as_str())
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}
