//! The parts of a multipart upload that is under way.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sigv4::{Checksum, ChecksumAlgorithm, Digests, Verified};
use store::{Batch, BlobId, CommitError, Key, KeyRange, Scan};
use types::Timestamp;

use crate::{
    BUCKETS, Bucket, ETag, Objects, ObjectsError, UPLOAD_PARTS, UPLOADS, Upload, UploadChecksum,
    UploadId, Versioned, WriteError, buckets::bucket_key, cleanup, history::ATTEMPTS, put::Put,
    record, upload::upload_key,
};

/// The highest number that a part has.
///
/// Source: S3 User Guide, *Amazon S3 multipart upload limits*.
pub const PART_NUMBER_MAX: u16 = 10_000;

/// A part's number: 1 to 10,000. It says where the part goes in the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartNumber(u16);

impl PartNumber {
    /// The part number that this number is, if it is one.
    #[must_use]
    pub fn new(number: i32) -> Option<Self> {
        let number = u16::try_from(number).ok()?;
        (1..=PART_NUMBER_MAX).contains(&number).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

/// A part that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its number.
    pub number: PartNumber,
    /// Its length in bytes.
    pub size: u64,
    /// When it came.
    pub last_modified: Timestamp,
    /// Its checksum, by the algorithm of the upload.
    pub checksum: Checksum,
    pub(crate) md5: [u8; 16],
    pub(crate) blob: BlobId,
}

impl Part {
    /// The tag by which it is named when the upload is completed.
    #[must_use]
    pub fn etag(&self) -> ETag {
        ETag::of_md5(self.md5)
    }
}

/// Some parts of an upload, in the order of their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartPage {
    /// The parts.
    pub parts: Vec<Part>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

impl Put {
    /// Makes what was written a part of the upload, in place of an earlier one of that number.
    ///
    /// # Errors
    /// [`WriteError`]: the upload is as it was.
    pub async fn publish_part(
        self,
        verified: &Verified<Digests>,
        bucket: &Versioned<Bucket>,
        upload: &Versioned<Upload>,
        number: PartNumber,
    ) -> Result<Part, WriteError> {
        self.keep_part(verified.get(), bucket, upload, number).await
    }

    /// The same for bytes of our own.
    pub(crate) async fn keep_part(
        self,
        digests: &Digests,
        bucket: &Versioned<Bucket>,
        upload: &Versioned<Upload>,
        number: PartNumber,
    ) -> Result<Part, WriteError> {
        if digests.length() != self.length() {
            let (written, verified) = (self.length(), digests.length());
            return Err(WriteError::NotWhatWasVerified { written, verified });
        }
        let md5 = digests.md5().ok_or(WriteError::NoMd5)?;
        let algorithm = upload.value.checksum.unwrap_or(UploadChecksum::DEFAULT).algorithm;
        let checksum = digests.checksum(algorithm).ok_or(WriteError::NoChecksum)?.clone();
        let objects = self.objects().clone();
        let (blob, size, batch) = self.finish_as_blob().await?;
        let last_modified = objects.clock.now();
        let part = Part { number, size, last_modified, checksum, md5, blob };
        objects.commit_part(bucket, upload, &part, batch).await?;
        Ok(part)
    }
}

impl Objects {
    /// Commits a part, if bucket and upload are as they were decided on, and lets the bytes be removed
    /// of the part in whose place it comes.
    async fn commit_part(
        &self,
        bucket: &Versioned<Bucket>,
        upload: &Versioned<Upload>,
        part: &Part,
        batch: Batch,
    ) -> Result<(), WriteError> {
        let Upload { key, id, .. } = &upload.value;
        let place = part_key(*id, part.number);
        let batch = batch
            .require(BUCKETS, bucket_key(bucket.value.name.as_str()), bucket.version)
            .require(UPLOADS, upload_key(&bucket.value, key, *id), upload.version)
            .put(UPLOAD_PARTS, place.clone(), write(part));
        for _ in 0..ATTEMPTS {
            let earlier = self.part(*id, part.number).await?;
            let version = earlier.as_ref().map(|earlier| earlier.version);
            let mut batch = batch.clone().require_unchanged(UPLOAD_PARTS, place.clone(), version);
            if let Some(earlier) = earlier {
                batch = cleanup::removal(self, earlier.value.blob, self.clock.now()).enqueue(batch);
            }
            match self.records.commit(batch).await {
                Ok(_) => return Ok(()),
                Err(CommitError::Conflict(failed)) if failed.space() == UPLOAD_PARTS => {}
                Err(CommitError::Conflict(failed)) if failed.space() == UPLOADS => {
                    return Err(WriteError::NoSuchUpload(*id));
                }
                Err(CommitError::Conflict(failed)) if failed.space() == BUCKETS => {
                    return Err(WriteError::BucketChanged);
                }
                Err(CommitError::Conflict(_)) => return Err(WriteError::Expired),
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(ObjectsError::Contended.into())
    }

    async fn part(
        &self,
        upload: UploadId,
        number: PartNumber,
    ) -> Result<Option<Versioned<Part>>, ObjectsError> {
        let found = self.records.get(UPLOAD_PARTS, &part_key(upload, number)).await?;
        found.map(|found| found.try_map(|value| read(upload, number, &value))).transpose()
    }

    /// The parts of an upload behind that number, at most `limit` of them (1 or more).
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn parts(
        &self,
        upload: UploadId,
        after: Option<PartNumber>,
        limit: usize,
    ) -> Result<PartPage, ObjectsError> {
        let (parts, more) = self.versioned_parts(upload, after, limit).await?;
        Ok(PartPage { parts: parts.into_iter().map(|part| part.value).collect(), more })
    }

    /// The same with their versions, and whether there are more. At most `limit` are read, but it may be
    /// fewer though there are more.
    pub(crate) async fn versioned_parts(
        &self,
        upload: UploadId,
        after: Option<PartNumber>,
        limit: usize,
    ) -> Result<(Vec<Versioned<Part>>, bool), ObjectsError> {
        let mut range = KeyRange::within(&parts_of(upload));
        if let Some(after) = after {
            range = range.after(&part_key(upload, after));
        }
        let page = self.records.scan(Scan::new(UPLOAD_PARTS, range, limit)).await?;
        let mut parts = Vec::with_capacity(page.entries.len());
        for (place, found) in page.entries {
            let number = number_of(&place).ok_or_else(|| damaged(upload))?;
            parts.push(found.try_map(|value| read(upload, number, &value))?);
        }
        Ok((parts, page.more))
    }

    /// All parts of an upload, with their versions.
    pub(crate) async fn all_parts(
        &self,
        upload: UploadId,
    ) -> Result<Vec<Versioned<Part>>, ObjectsError> {
        let mut parts: Vec<Versioned<Part>> = Vec::new();
        loop {
            let after = parts.last().map(|part| part.value.number);
            let (page, more) = self.versioned_parts(upload, after, SCAN_LIMIT).await?;
            let ended = page.is_empty() || !more;
            parts.extend(page);
            if ended {
                return Ok(parts);
            }
        }
    }
}

/// How many parts are read in one go.
const SCAN_LIMIT: usize = 1000;

/// What the keys of all parts of an upload begin with.
pub(crate) fn parts_of(upload: UploadId) -> Key {
    Key::new().text(&upload.to_string())
}

pub(crate) fn part_key(upload: UploadId, number: PartNumber) -> Key {
    parts_of(upload).u64(number.0.into())
}

fn number_of(place: &[u8]) -> Option<PartNumber> {
    let mut reader = store::KeyReader::new(place);
    reader.text().ok()?;
    PartNumber::new(i32::try_from(reader.u64().ok()?).ok()?)
}

fn damaged(upload: UploadId) -> ObjectsError {
    ObjectsError::Damaged { what: format!("a part of the upload {upload}") }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    size: u64,
    last_modified: Timestamp,
    checksum: (String, String),
    md5: String,
    blob: String,
}

fn write(part: &Part) -> Bytes {
    let algorithm = part.checksum.algorithm().header_name().to_owned();
    record::write_json(&Stored {
        size: part.size,
        last_modified: part.last_modified,
        checksum: (algorithm, part.checksum.to_base64()),
        md5: hex::encode(part.md5),
        blob: part.blob.to_string(),
    })
}

fn read(upload: UploadId, number: PartNumber, value: &[u8]) -> Result<Part, ObjectsError> {
    let part = |stored: Stored| {
        let algorithm = ChecksumAlgorithm::from_header_name(&stored.checksum.0)?;
        let checksum = Checksum::from_base64(algorithm, stored.checksum.1.as_bytes())?;
        let mut md5 = [0; 16];
        hex::decode_to_slice(&stored.md5, &mut md5).ok()?;
        let Stored { size, last_modified, .. } = stored;
        Some(Part { number, size, last_modified, checksum, md5, blob: stored.blob.parse().ok()? })
    };
    record::read_json(value).and_then(part).ok_or_else(|| damaged(upload))
}
