use store::{BlobError, StoreError};

use crate::{ETag, UploadId};

/// The store failed.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The records failed. [`StoreError::Busy`] is worth another try.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bytes failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A record cannot be read.
    #[error("the record of {what} is damaged or was written by a newer release")]
    Damaged {
        /// Which record, by its name.
        what: String,
    },
    /// Others kept changing the same record.
    #[error("the record was changed by others at every one of many attempts; try again")]
    Contended,
}

impl ObjectsError {
    /// Whether the same request may well succeed when it is repeated.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Store(StoreError::Busy) | Self::Contended)
    }
}

/// Why an object was not written, copied or deleted. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The bucket is not as it was when the request was decided: deleted, or its policy changed.
    /// Decide again.
    #[error("the bucket has changed or is gone since the request was decided")]
    BucketChanged,
    /// The condition does not hold: there is an object of this tag under the key, or none (S3:
    /// `PreconditionFailed`).
    #[error("the condition on the key does not hold")]
    ConditionFailed {
        /// The tag of the current version, if there is one.
        current: Option<ETag>,
    },
    /// The body that was written is not the body that was verified.
    #[error("{written} bytes were written, but {verified} were verified")]
    NotWhatWasVerified {
        /// Bytes written.
        written: u64,
        /// Bytes verified.
        verified: u64,
    },
    /// The body was verified without its MD5, so there is no `ETag` for it.
    #[error("the body was verified without an MD5")]
    NoMd5,
    /// The upload took so long that its bytes were removed.
    #[error("the upload took too long; its bytes have been removed")]
    Expired,
    /// The body was verified without the checksum that the parts of its upload have.
    #[error("the part was verified without its upload's checksum")]
    NoChecksum,
    /// The multipart upload was completed or aborted meanwhile (S3: `NoSuchUpload`).
    #[error("there is no such multipart upload any more")]
    NoSuchUpload(UploadId),
    /// The multipart upload, or one of its parts, is not as it was read. Read again.
    #[error("the multipart upload was changed by others")]
    UploadChanged,
    /// The user metadata exceeds its limit (S3: `MetadataTooLarge`).
    #[error("the user metadata has {length} bytes, at most {limit} are allowed")]
    MetadataTooLarge {
        /// Bytes of all names and values.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        Self::Objects(error.into())
    }
}

impl From<BlobError> for WriteError {
    fn from(error: BlobError) -> Self {
        Self::Objects(error.into())
    }
}
