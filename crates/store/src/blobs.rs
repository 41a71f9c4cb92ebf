use std::{fmt, ops::Range, str::FromStr};

use bytes::Bytes;
use futures_util::{future::BoxFuture, stream::BoxStream};
use types::Entropy;

/// Immutable bodies under random ids: written once, read by range, deleted.
///
/// Nothing here knows an object's key, so no key can reach a path.
pub trait Blobs: Send + Sync + 'static {
    /// Begins a blob under an id that was never used before. It cannot be read before
    /// [`StagedBlob::publish`].
    ///
    /// Whoever stages must have recorded the id durably, so that [`Blobs::delete`] is called for
    /// it if the process ends in between; dropping what was staged removes it at once, if it can.
    ///
    /// # Errors
    /// [`BlobError`], if it cannot be begun.
    fn stage(&self, id: BlobId) -> BoxFuture<'_, Result<Box<dyn StagedBlob>, BlobError>>;

    /// The bytes of the range, in order, in pieces of at most 256 KiB.
    ///
    /// The stream goes on to the end of the range even if the blob is deleted meanwhile. A range that
    /// reaches behind the end of the blob ends the stream with [`BlobError::Torn`].
    ///
    /// # Errors
    /// [`BlobError::NotFound`] if there is no published blob of this id.
    fn read(&self, id: BlobId, range: Range<u64>) -> BoxFuture<'_, Result<BlobStream, BlobError>>;

    /// Removes the blob, published or staged. Removing what is not there is no error.
    ///
    /// # Errors
    /// [`BlobError`], if it could not be removed.
    fn delete(&self, id: BlobId) -> BoxFuture<'_, Result<(), BlobError>>;
}

/// A blob that is being written.
pub trait StagedBlob: Send {
    /// Writes the bytes behind those written so far. After an error the blob can only be dropped.
    ///
    /// # Errors
    /// [`BlobError::Full`] if the disk is full, or another [`BlobError`].
    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>>;

    /// Makes what was written durable and readable, whole and at once.
    ///
    /// # Errors
    /// [`BlobError`]: the blob is not readable, or (if only the last sync failed) not known to be
    /// durable; delete it.
    fn publish(self: Box<Self>) -> BoxFuture<'static, Result<(), BlobError>>;
}

/// The pieces of a blob.
pub type BlobStream = BoxStream<'static, Result<Bytes, BlobError>>;

/// A blob's name: 128 random bits, written as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobId([u8; 16]);

impl BlobId {
    /// A new id.
    #[must_use]
    pub fn random(entropy: &dyn Entropy) -> Self {
        Self(entropy.bytes())
    }

    /// The id of these bits.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bits.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

impl FromStr for BlobId {
    type Err = BlobError;

    fn from_str(text: &str) -> Result<Self, BlobError> {
        let mut bytes = [0; 16];
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) if !text.bytes().any(|b| b.is_ascii_uppercase()) => Ok(Self(bytes)),
            _ => Err(BlobError::Id),
        }
    }
}

/// Why a blob could not be written, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// A text is not 32 lower-case hexadecimal digits.
    #[error("a blob's id has 32 lower-case hexadecimal digits")]
    Id,
    /// There is no published blob of this id.
    #[error("there is no blob {0}")]
    NotFound(BlobId),
    /// There is a blob of this id already.
    #[error("the blob {0} exists already")]
    Exists(BlobId),
    /// The blob ended before the range did.
    #[error("the blob {0} is shorter than its record says")]
    Torn(BlobId),
    /// The disk is full.
    #[error("the store has no space left for a blob")]
    Full,
    /// The file system failed.
    #[error("a blob cannot be accessed: {0}")]
    Io(#[source] std::io::Error),
}

impl From<std::io::Error> for BlobError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
            assert!(matches!(BlobError::from(Error::from(kind)), BlobError::Full));
        }
        let broken = BlobError::from(Error::from(ErrorKind::PermissionDenied));
        assert!(matches!(broken, BlobError::Io(_)));
    }

    #[test]
    fn an_id_is_read_as_written_and_nothing_else_is() {
        let text = "00112233445566778899aabbccddeeff";
        assert_eq!(text.parse::<BlobId>().unwrap().to_string(), text);
        for wrong in ["", "0", "../../etc/passwd", &text.to_uppercase(), &format!("{text}00")] {
            assert!(wrong.parse::<BlobId>().is_err(), "{wrong}");
        }
    }
}
