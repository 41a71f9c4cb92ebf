//! What an object that came by a multipart upload was put together of.
//!
//! A manifest is one record, however many parts there are: a byte for the format, one for the algorithm
//! of the parts' checksums, and for each part a row of the same length (number, size, blob, checksum).
//! Ten thousand rows are at most 570 KiB, so that any range is found with one point read.

use std::ops::Range;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use sigv4::{Checksum, ChecksumAlgorithm};
use store::{BlobId, Key};

use crate::{MANIFESTS, Object, Objects, ObjectsError, Part, PartNumber, UploadId, object::Body};

const FORMAT: u8 = 1;

/// A part of an object that was put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPart {
    /// The number that it was uploaded with.
    pub number: PartNumber,
    /// Which of the object's bytes it is.
    pub range: Range<u64>,
    /// Its checksum.
    pub checksum: Checksum,
    pub(crate) blob: BlobId,
}

/// The parts in the order of their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) parts: Vec<ObjectPart>,
}

impl Manifest {
    /// Of these parts in this order.
    pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Self {
        let mut start = 0;
        let place = |part: &Part| {
            let range = start..start + part.size;
            start = range.end;
            let (number, checksum, blob) = (part.number, part.checksum.clone(), part.blob);
            ObjectPart { number, range, checksum, blob }
        };
        Self { parts: parts.into_iter().map(place).collect() }
    }

    /// Which bytes of which blobs the range is, in order.
    fn pieces(&self, range: &Range<u64>) -> Vec<(BlobId, Range<u64>)> {
        // Parts lie in order, so those that end before the range come first.
        let first = self.parts.partition_point(|part| part.range.end <= range.start);
        let rest = self.parts.iter().skip(first);
        rest.take_while(|part| part.range.start < range.end)
            .map(|part| {
                let start = range.start.max(part.range.start) - part.range.start;
                let end = range.end.min(part.range.end) - part.range.start;
                (part.blob, start..end)
            })
            .filter(|(_, piece)| !piece.is_empty())
            .collect()
    }

    pub(crate) fn write(&self) -> Bytes {
        let algorithm = self
            .parts
            .first()
            .map_or(ChecksumAlgorithm::Crc64Nvme, |part| part.checksum.algorithm());
        let mut value = BytesMut::with_capacity(2 + self.parts.len() * row_length(algorithm));
        value.put_u8(FORMAT);
        value.put_u8(tag(algorithm));
        for part in &self.parts {
            value.put_u16(part.number.get());
            value.put_u64(part.range.end - part.range.start);
            value.put_slice(&part.blob.to_bytes());
            value.put_slice(part.checksum.value());
        }
        value.freeze()
    }

    fn read(mut value: &[u8]) -> Option<Self> {
        let (&FORMAT, &algorithm) = (value.first()?, value.get(1)?) else { return None };
        let algorithm =
            ChecksumAlgorithm::ALL.into_iter().find(|known| tag(*known) == algorithm)?;
        value.advance(2);
        let length = row_length(algorithm);
        if !value.len().is_multiple_of(length) {
            return None;
        }
        let mut start = 0_u64;
        let row = |mut row: &[u8]| {
            let number = PartNumber::new(row.get_u16().into())?;
            let end = start.checked_add(row.get_u64())?;
            let range = start..end;
            start = end;
            let mut blob = [0; 16];
            row.copy_to_slice(&mut blob);
            let checksum = Checksum::from_value(algorithm, row)?;
            Some(ObjectPart { number, range, checksum, blob: BlobId::from_bytes(blob) })
        };
        Some(Self { parts: value.chunks_exact(length).map(row).collect::<Option<_>>()? })
    }
}

/// How long a part's row is, in bytes.
fn row_length(algorithm: ChecksumAlgorithm) -> usize {
    2 + 8 + 16 + algorithm.length()
}

fn tag(algorithm: ChecksumAlgorithm) -> u8 {
    match algorithm {
        ChecksumAlgorithm::Crc32 => 1,
        ChecksumAlgorithm::Crc32c => 2,
        ChecksumAlgorithm::Crc64Nvme => 3,
        ChecksumAlgorithm::Sha1 => 4,
        ChecksumAlgorithm::Sha256 => 5,
    }
}

pub(crate) fn manifest_key(upload: UploadId) -> Key {
    Key::new().text(&upload.to_string())
}

impl Objects {
    /// The parts that the object was put together of; `None` if it was put whole.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn parts_of(&self, object: &Object) -> Result<Option<Vec<ObjectPart>>, ObjectsError> {
        match object.body {
            Body::Inline(_) | Body::Blob(_) => Ok(None),
            Body::Parts { upload, .. } => Ok(Some(self.expect_manifest(upload).await?.parts)),
        }
    }

    /// The manifest of an upload that was completed, if its object is still there.
    pub(crate) async fn manifest(
        &self,
        upload: UploadId,
    ) -> Result<Option<Manifest>, ObjectsError> {
        let found = self.records.get(MANIFESTS, &manifest_key(upload)).await?;
        let read = |value: &[u8]| Manifest::read(value).ok_or_else(|| damaged(upload));
        found.map(|found| read(&found.value)).transpose()
    }

    async fn expect_manifest(&self, upload: UploadId) -> Result<Manifest, ObjectsError> {
        self.manifest(upload).await?.ok_or_else(|| damaged(upload))
    }

    /// Which bytes of which blobs the range of an object is that came by this upload.
    pub(crate) async fn pieces(
        &self,
        upload: UploadId,
        range: &Range<u64>,
    ) -> Result<Vec<(BlobId, Range<u64>)>, ObjectsError> {
        Ok(self.expect_manifest(upload).await?.pieces(range))
    }
}

fn damaged(upload: UploadId) -> ObjectsError {
    ObjectsError::Damaged { what: format!("the manifest of the upload {upload}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(algorithm: ChecksumAlgorithm, sizes: &[u64]) -> Manifest {
        let parts: Vec<_> = (0..sizes.len())
            .map(|n| Part {
                number: PartNumber::new(i32::try_from(n * 2 + 1).unwrap()).unwrap(),
                size: sizes[n],
                last_modified: "2026-01-02T03:04:05Z".parse().unwrap(),
                checksum: Checksum::of(algorithm, &[u8::try_from(n % 256).unwrap()]),
                md5: [0; 16],
                blob: BlobId::from_bytes([u8::try_from(n % 256).unwrap(); 16]),
            })
            .collect();
        Manifest::of(&parts)
    }

    #[test]
    fn a_manifest_is_read_as_written_and_not_when_damaged() {
        for algorithm in ChecksumAlgorithm::ALL {
            let manifest = manifest(algorithm, &[5, 0, 1 << 40, 3]);
            let value = manifest.write();
            assert_eq!(Manifest::read(&value), Some(manifest.clone()), "{algorithm}");
            let row = row_length(algorithm);
            for end in (0..value.len()).filter(|end| *end < 2 || (end - 2) % row != 0) {
                assert_eq!(Manifest::read(&value[..end]), None, "{algorithm} cut at {end}");
            }
            assert_eq!(Manifest::read(&[&[FORMAT + 1], &value[1..]].concat()), None);
            assert_eq!(Manifest::read(&[&[FORMAT, 9], &value[2..]].concat()), None);
        }
    }

    #[test]
    fn the_longest_manifest_fits_into_a_record() {
        let sizes = vec![5 << 30; usize::from(crate::PART_NUMBER_MAX) / 2];
        let half = manifest(ChecksumAlgorithm::Sha256, &sizes).write();
        assert!(half.len() * 2 < store::VALUE_BYTES_MAX);
    }

    #[test]
    fn a_range_is_told_as_pieces_of_parts() {
        let manifest = manifest(ChecksumAlgorithm::Crc32, &[5, 0, 4, 3]);
        let blob = |n| BlobId::from_bytes([n; 16]);
        for (range, expected) in [
            (0..12, vec![(blob(0), 0..5), (blob(2), 0..4), (blob(3), 0..3)]),
            (0..5, vec![(blob(0), 0..5)]),
            (5..6, vec![(blob(2), 0..1)]),
            (4..6, vec![(blob(0), 4..5), (blob(2), 0..1)]),
            (8..12, vec![(blob(2), 3..4), (blob(3), 0..3)]),
            (11..12, vec![(blob(3), 2..3)]),
            (5..5, vec![]),
            (12..12, vec![]),
        ] {
            assert_eq!(manifest.pieces(&range), expected, "{range:?}");
        }
    }
}
