//! Putting an object together of the parts that have come.

use sigv4::{Checksum, ChecksumAlgorithm, Digester};
use store::Batch;

use crate::{
    Bucket, ChecksumType, Condition, ETag, MANIFESTS, Object, ObjectKey, Objects, ObjectsError,
    Part, PartNumber, UPLOAD_PARTS, UPLOADS, Upload, UploadChecksum, UploadId, Versioned,
    WriteError, cleanup,
    history::ATTEMPTS,
    manifest::{Manifest, manifest_key},
    object::Body,
    part::part_key,
    put::{Intent, Written},
    record,
    upload::upload_key,
};

/// The fewest bytes that a part has, other than the last one.
///
/// Source: S3 User Guide, *Amazon S3 multipart upload limits*.
pub const PART_BYTES_MIN: u64 = 5 << 20;

/// A part as it is named by who completes an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPart {
    /// Its number.
    pub number: PartNumber,
    /// Its tag, with or without quotes.
    pub etag: String,
    /// Its checksums, by whichever algorithm.
    pub checksums: Vec<Checksum>,
}

/// How an upload is to be completed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// Of which parts, in the order of their numbers.
    pub parts: Vec<NamedPart>,
    /// If what holds of the key.
    pub condition: Condition,
    /// What the object's checksum must come to, in base64, the number of parts behind it or not.
    pub checksum: Option<(ChecksumAlgorithm, String)>,
    /// Of which type the object's checksum must be.
    pub checksum_type: Option<ChecksumType>,
    /// How many bytes the object must have.
    pub size: Option<u64>,
}

/// Why an upload was not completed. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CompletionError {
    /// There is none of this id under the key (S3: `NoSuchUpload`).
    #[error("there is no such multipart upload")]
    NoSuchUpload,
    /// A part is named that has not come, or not with that tag or checksum (S3: `InvalidPart`).
    #[error("part {number} has not come as it is named")]
    InvalidPart {
        /// Its number.
        number: u16,
        /// The tag it is named by.
        etag: String,
    },
    /// The parts are not named in ascending order, or with checksums of their own not as 1, 2, 3, …
    /// (S3: `InvalidPartOrder`).
    #[error("the parts are not named in the order that they must have")]
    InvalidPartOrder,
    /// A part that is not the last one is too small (S3: `EntityTooSmall`).
    #[error(
        "part {number} has {size} bytes, and only the last one may have less than {PART_BYTES_MIN}"
    )]
    EntityTooSmall {
        /// Its number.
        number: u16,
        /// Its length in bytes.
        size: u64,
        /// Its tag.
        etag: ETag,
    },
    /// The object's checksum is one of the parts' checksums, and a part is named without its own (S3:
    /// `InvalidRequest`).
    #[error("part {number} is named without its {algorithm}")]
    ChecksumMissing {
        /// Its number.
        number: u16,
        /// The upload's algorithm.
        algorithm: ChecksumAlgorithm,
    },
    /// The upload has another type of checksum (S3: `InvalidRequest`).
    #[error("the upload was begun with another type of checksum")]
    OtherChecksumType {
        /// The type it has.
        has: ChecksumType,
    },
    /// The object's checksum is another one (S3: `BadDigest`).
    #[error("the object's {algorithm} is another one than was given")]
    WrongChecksum {
        /// By which algorithm.
        algorithm: ChecksumAlgorithm,
    },
    /// The object's length is another one (S3: `InvalidRequest`).
    #[error("the object has {computed} bytes, not {given}")]
    WrongSize {
        /// What was given.
        given: u64,
        /// What it is.
        computed: u64,
    },
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<ObjectsError> for CompletionError {
    fn from(error: ObjectsError) -> Self {
        Self::Write(error.into())
    }
}

impl Objects {
    /// Puts the object together and makes it the current version under the key, at once. The bytes stay
    /// where the parts put them. Completing it again, of the same parts, gives the same object for a day.
    ///
    /// Source: S3 API Reference, `CompleteMultipartUpload`.
    ///
    /// # Errors
    /// [`CompletionError`]: upload and old object are as they were.
    pub async fn complete_upload(
        &self,
        bucket: &Versioned<Bucket>,
        key: &ObjectKey,
        id: UploadId,
        completion: &Completion,
    ) -> Result<Object, CompletionError> {
        for _ in 0..ATTEMPTS {
            let Some(upload) = self.upload(&bucket.value, key, id).await? else {
                return self.completed(&bucket.value, key, id, completion).await;
            };
            match self.put_together(bucket, &upload, completion).await {
                // A part came meanwhile, or somebody else completed or aborted it.
                Err(CompletionError::Write(WriteError::UploadChanged)) => {}
                outcome => return outcome,
            }
        }
        Err(ObjectsError::Contended.into())
    }

    /// What came of an upload that was completed of these parts.
    async fn completed(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        id: UploadId,
        completion: &Completion,
    ) -> Result<Object, CompletionError> {
        let place = upload_key(bucket, key, id);
        let found = self.records.get(crate::COMPLETED_UPLOADS, &place).await;
        let found = found.map_err(ObjectsError::from)?.ok_or(CompletionError::NoSuchUpload)?;
        let object = record::read_object(key.clone(), &found.value)?;
        if named_etag(&completion.parts).as_ref() == Some(&object.etag) {
            Ok(object)
        } else {
            Err(CompletionError::NoSuchUpload)
        }
    }

    async fn put_together(
        &self,
        bucket: &Versioned<Bucket>,
        upload: &Versioned<Upload>,
        completion: &Completion,
    ) -> Result<Object, CompletionError> {
        let Upload { key, id, attributes, tags, .. } = &upload.value;
        let come = self.all_parts(*id).await?;
        let chosen = choose(&come, &completion.parts)?;
        let parts: Vec<&Part> = chosen.iter().map(|part| &part.value).collect();
        let plan = upload.value.checksum.unwrap_or(UploadChecksum::DEFAULT);
        let checksum = checksum_of(&parts, &upload.value, completion)?;
        let length = parts.iter().map(|part| part.size).sum();
        if let Some(given) = completion.size.filter(|given| *given != length) {
            return Err(CompletionError::WrongSize { given, computed: length });
        }
        // There is at most one part for each number.
        let count = u16::try_from(parts.len()).unwrap_or(u16::MAX);
        let place = upload_key(&bucket.value, key, *id);
        let mut batch = Batch::new().remove(UPLOADS, place.clone(), upload.version).put(
            MANIFESTS,
            manifest_key(*id),
            Manifest::of(parts.iter().copied()).write(),
        );
        for part in &chosen {
            batch = batch.require(UPLOAD_PARTS, part_key(*id, part.value.number), part.version);
        }
        // It removes what was not chosen, and the records of what was.
        batch = cleanup::removal_of_parts(self, *id).enqueue(batch);
        batch = cleanup::forgetting(self, &place).enqueue(batch);
        let intent = Intent {
            bucket,
            key,
            etag: etag_of(parts.iter().map(|part| part.md5)),
            checksums: vec![checksum],
            checksum_type: plan.checksum_type,
            attributes: attributes.clone(),
            tags: tags.clone(),
            condition: &completion.condition,
            completed: Some(place),
        };
        let written = Written { body: Body::Parts { upload: *id, count }, length, batch };
        Ok(self.publish(intent, written).await?.value)
    }
}

/// The parts that are named, in their order, if they have come so.
fn choose<'a>(
    come: &'a [Versioned<Part>],
    named: &[NamedPart],
) -> Result<Vec<&'a Versioned<Part>>, CompletionError> {
    let ascending = |pair: &[NamedPart]| match pair {
        [one, next] => one.number < next.number,
        _ => true,
    };
    if !named.windows(2).all(ascending) {
        return Err(CompletionError::InvalidPartOrder);
    }
    let mut chosen = Vec::with_capacity(named.len());
    for name in named {
        let number = name.number.get();
        let found = come.binary_search_by_key(&name.number, |part| part.value.number).ok();
        let invalid = || CompletionError::InvalidPart { number, etag: name.etag.clone() };
        let found = found.and_then(|at| come.get(at)).ok_or_else(invalid)?;
        let part = &found.value;
        let own = |given: &&Checksum| given.algorithm() == part.checksum.algorithm();
        let checksum_fits = name.checksums.iter().filter(own).all(|given| *given == part.checksum);
        if !part.etag().is(&name.etag) || !checksum_fits {
            return Err(invalid());
        }
        chosen.push(found);
    }
    let mut all_but_last = chosen.iter().rev().skip(1).map(|part| &part.value);
    if let Some(part) = all_but_last.find(|part| part.size < PART_BYTES_MIN) {
        let (number, size, etag) = (part.number.get(), part.size, part.etag());
        return Err(CompletionError::EntityTooSmall { number, size, etag });
    }
    Ok(chosen)
}

/// The object's checksum, if it is what was given.
fn checksum_of(
    parts: &[&Part],
    upload: &Upload,
    completion: &Completion,
) -> Result<Checksum, CompletionError> {
    let UploadChecksum { algorithm, checksum_type } =
        upload.checksum.unwrap_or(UploadChecksum::DEFAULT);
    if completion.checksum_type.is_some_and(|given| given != checksum_type) {
        return Err(CompletionError::OtherChecksumType { has: checksum_type });
    }
    if upload.checksum.is_some() && checksum_type == ChecksumType::Composite {
        // Source: S3 API Reference, `CompletedPart`, `PartNumber`.
        let numbers = completion.parts.iter().map(|named| named.number.get());
        if numbers.zip(1..).any(|(number, expected)| number != expected) {
            return Err(CompletionError::InvalidPartOrder);
        }
        let without = |named: &&NamedPart| {
            named.checksums.iter().all(|checksum| checksum.algorithm() != algorithm)
        };
        if let Some(named) = completion.parts.iter().find(without) {
            let number = named.number.get();
            return Err(CompletionError::ChecksumMissing { number, algorithm });
        }
    }
    let checksum = match checksum_type {
        ChecksumType::FullObject => combined(algorithm, parts),
        ChecksumType::Composite => {
            let values: Vec<u8> =
                parts.iter().flat_map(|part| part.checksum.value()).copied().collect();
            Checksum::of(algorithm, &values)
        }
    };
    let text = checksum.to_base64();
    let is_it = |given: &str| match given.split_once('-') {
        Some((value, count)) => value == text && count == parts.len().to_string(),
        None => given == text,
    };
    match &completion.checksum {
        Some((given, value)) if *given != algorithm || !is_it(value) => {
            Err(CompletionError::WrongChecksum { algorithm: *given })
        }
        _ => Ok(checksum),
    }
}

/// The checksum of all bytes, from those of the parts. Only CRCs are of the full object: an upload with
/// another is not begun.
fn combined(algorithm: ChecksumAlgorithm, parts: &[&Part]) -> Checksum {
    let nothing = Checksum::of(algorithm, b"");
    parts
        .iter()
        .fold(nothing, |sum, part| sum.followed_by(&part.checksum, part.size).unwrap_or(sum))
}

fn etag_of(md5s: impl IntoIterator<Item = [u8; 16]>) -> ETag {
    let mut digester = Digester::new();
    let mut count = 0;
    for md5 in md5s {
        digester.update(&md5);
        count += 1;
    }
    ETag::of_parts(digester.finish().md5().unwrap_or_default(), count)
}

/// The tag of the object that these parts make.
fn named_etag(parts: &[NamedPart]) -> Option<ETag> {
    let md5 = |part: &NamedPart| {
        let mut md5 = [0; 16];
        hex::decode_to_slice(part.etag.trim_matches('"'), &mut md5).ok()?;
        Some(md5)
    };
    Some(etag_of(parts.iter().map(md5).collect::<Option<Vec<_>>>()?))
}
