use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use objects::{Completion, CompletionError, Condition, NamedPart, ObjectKey, WriteError};
use sigv4::{Checksum, ChecksumAlgorithm};
use wire::s3::{CompleteMultipartUploadOutput, CompleteMultipartUploadRequest, CompletedPart};

use crate::{
    S3,
    checksums::{ChecksumMembers, type_of, type_on_wire},
    error::S3Error,
    put_object::condition_failed,
    target::{decided_bucket, missing_key, written_version},
    uploads::{part_number, upload_id},
    write_options::WriteOptions,
};

/// [`CompleteMultipartUpload`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html)
pub(crate) struct CompleteMultipartUpload(pub(crate) Arc<S3>);

impl Operation for CompleteMultipartUpload {
    type Wire = wire::s3::CompleteMultipartUpload;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &CompleteMultipartUploadRequest,
    ) -> Result<Vec<Need>, S3Error> {
        input.key.parse::<ObjectKey>()?;
        let on = On::Object { bucket: input.bucket.clone(), key: input.key.clone() };
        let mut needs = vec![conditions(input).add_keys(Need::new("s3:PutObject", on.clone()))];
        if input.if_match.is_some() {
            // Whoever compares the tag learns of the object that is there.
            needs.push(Need::new("s3:GetObject", on));
        }
        Ok(needs)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CompleteMultipartUploadOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let key: ObjectKey = input.key.parse()?;
        let id = upload_id(&input.upload_id)?;
        let completion = completion(input)?;
        let completed = self.0.objects.complete_upload(bucket, &key, id, &completion).await;
        let object = match completed {
            Ok(object) => object,
            Err(CompletionError::Write(WriteError::ConditionFailed { current: None }))
                if matches!(completion.condition, Condition::Matches(_) | Condition::Exists) =>
            {
                return Err(missing_key(&request, &bucket.value, &input.key).await);
            }
            Err(error) => return Err(refused(error, input, &completion.condition)),
        };
        let checksums = ChecksumMembers::of_object(&object);
        Ok(CompleteMultipartUploadOutput {
            bucket: Some(input.bucket.clone()),
            key: Some(input.key.clone()),
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            e_tag: Some(object.etag.to_string()),
            checksum_crc32: checksums.crc32,
            checksum_crc32_c: checksums.crc32c,
            checksum_crc64_nvme: checksums.crc64_nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            checksum_type: checksums.kind,
            version_id: written_version(object.version_id),
            ..CompleteMultipartUploadOutput::default()
        })
    }
}

fn conditions(input: &CompleteMultipartUploadRequest) -> WriteOptions<'_> {
    WriteOptions::of_conditions(input.if_match.as_deref(), input.if_none_match.as_deref())
}

/// How the upload is to be completed, as the request says.
fn completion(input: &CompleteMultipartUploadRequest) -> Result<Completion, S3Error> {
    if input.sse_customer_algorithm.is_some()
        || input.sse_customer_key.is_some()
        || input.sse_customer_key_md5.is_some()
    {
        return Err(S3Error::NotImplemented { what: "encryption with customer-provided keys" });
    }
    let unknown = [
        &input.checksum_md5,
        &input.checksum_sha512,
        &input.checksum_xxhash128,
        &input.checksum_xxhash3,
        &input.checksum_xxhash64,
    ];
    if unknown.into_iter().any(Option::is_some) {
        return Err(S3Error::NotImplemented { what: "this checksum algorithm" });
    }
    let parts = input.multipart_upload.as_ref().and_then(|upload| upload.parts.as_deref());
    let parts = parts.filter(|parts| !parts.is_empty()).ok_or(S3Error::MalformedXml)?;
    let size = |size: i64| {
        u64::try_from(size).map_err(|_| S3Error::InvalidArgument {
            name: "x-amz-mp-object-size",
            value: size.to_string(),
            message: "Value for x-amz-mp-object-size header is invalid.",
        })
    };
    let mut given = [
        (ChecksumAlgorithm::Crc32, &input.checksum_crc32),
        (ChecksumAlgorithm::Crc32c, &input.checksum_crc32_c),
        (ChecksumAlgorithm::Crc64Nvme, &input.checksum_crc64_nvme),
        (ChecksumAlgorithm::Sha1, &input.checksum_sha1),
        (ChecksumAlgorithm::Sha256, &input.checksum_sha256),
    ]
    .into_iter()
    .filter_map(|(algorithm, value)| Some((algorithm, value.clone()?)));
    let checksum = given.next();
    if given.next().is_some() {
        return Err(S3Error::InvalidRequest("Expecting a single x-amz-checksum- header"));
    }
    if let Some((algorithm, text)) = &checksum {
        // A composite one may have the number of its parts behind it.
        let (value, _) = text.split_once('-').unwrap_or((text, ""));
        if Checksum::from_base64(*algorithm, value.as_bytes()).is_none() {
            let name = algorithm.to_string().to_lowercase();
            return Err(S3Error::InvalidCombination(format!(
                "Value for x-amz-checksum-{name} header is invalid."
            )));
        }
    }
    Ok(Completion {
        parts: parts.iter().map(named).collect::<Result<_, _>>()?,
        condition: conditions(input).condition()?,
        checksum,
        checksum_type: input.checksum_type.map(type_of),
        size: input.mpu_object_size.map(size).transpose()?,
    })
}

fn named(part: &CompletedPart) -> Result<NamedPart, S3Error> {
    let number = part_number(part.part_number.ok_or(S3Error::MalformedXml)?)?;
    let etag = part.e_tag.clone().ok_or(S3Error::MalformedXml)?;
    let checksums = [
        (ChecksumAlgorithm::Crc32, &part.checksum_crc32),
        (ChecksumAlgorithm::Crc32c, &part.checksum_crc32_c),
        (ChecksumAlgorithm::Crc64Nvme, &part.checksum_crc64_nvme),
        (ChecksumAlgorithm::Sha1, &part.checksum_sha1),
        (ChecksumAlgorithm::Sha256, &part.checksum_sha256),
    ];
    let mut read = Vec::new();
    for (algorithm, text) in checksums {
        let Some(text) = text else { continue };
        let checksum = Checksum::from_base64(algorithm, text.as_bytes());
        read.push(checksum.ok_or(S3Error::InvalidRequest("Value for a checksum is invalid."))?);
    }
    Ok(NamedPart { number, etag, checksums: read })
}

/// What to say of an upload that was not completed.
fn refused(
    error: CompletionError,
    input: &CompleteMultipartUploadRequest,
    condition: &Condition,
) -> S3Error {
    let upload = input.upload_id.clone();
    match error {
        CompletionError::NoSuchUpload => S3Error::NoSuchUpload { upload },
        CompletionError::InvalidPart { number, etag } => {
            S3Error::InvalidPart { upload, number, etag: etag.chars().take(100).collect() }
        }
        CompletionError::InvalidPartOrder => S3Error::InvalidPartOrder { upload },
        CompletionError::EntityTooSmall { number, size, etag } => {
            S3Error::EntityTooSmall { number, size, etag: etag.to_string() }
        }
        CompletionError::ChecksumMissing { number, algorithm } => {
            let name = algorithm.to_string().to_lowercase();
            S3Error::InvalidCombination(format!(
                "The upload was created using a {name} checksum. The complete request must include \
                 the checksum for each part. It was missing for part {number} in the request."
            ))
        }
        CompletionError::OtherChecksumType { has } => {
            let (has, given) = (type_on_wire(has).as_str(), input.checksum_type);
            let given = given.map_or("", |given| given.as_str());
            S3Error::InvalidCombination(format!(
                "The upload was created using the {has} checksum mode. The complete request must use \
                 the same checksum mode, not {given}."
            ))
        }
        CompletionError::WrongChecksum { algorithm } => {
            S3Error::BadDigest { algorithm: algorithm.to_string() }
        }
        CompletionError::WrongSize { given, computed } => S3Error::InvalidCombination(format!(
            "The provided 'x-amz-mp-object-size' header value {given} does not match what was \
             computed: {computed}"
        )),
        CompletionError::Write(error) => condition_failed(error, condition),
    }
}

#[cfg(test)]
mod tests {
    use wire::{Fault, s3::CompletedMultipartUpload};

    use super::*;

    fn input(parts: Option<Vec<CompletedPart>>) -> CompleteMultipartUploadRequest {
        CompleteMultipartUploadRequest {
            multipart_upload: Some(CompletedMultipartUpload { parts }),
            ..CompleteMultipartUploadRequest::default()
        }
    }

    fn part(part_number: Option<i32>, tag: Option<&str>) -> CompletedPart {
        let e_tag = tag.map(str::to_owned);
        CompletedPart { part_number, e_tag, ..CompletedPart::default() }
    }

    fn code(input: &CompleteMultipartUploadRequest) -> Option<&'static str> {
        completion(input).err().map(|error| Fault::from(error).code())
    }

    #[test]
    fn parts_are_named_by_number_and_tag() {
        let malformed = Some("MalformedXML");
        assert_eq!(code(&CompleteMultipartUploadRequest::default()), malformed);
        assert_eq!(code(&input(None)), malformed);
        assert_eq!(code(&input(Some(vec![]))), malformed);
        assert_eq!(code(&input(Some(vec![part(None, Some("a"))]))), malformed);
        assert_eq!(code(&input(Some(vec![part(Some(1), None)]))), malformed);
        assert_eq!(code(&input(Some(vec![part(Some(0), Some("a"))]))), Some("InvalidArgument"));
        let good = input(Some(vec![part(Some(1), Some("a")), part(Some(3), Some("b"))]));
        let completion = completion(&good).unwrap();
        let told: Vec<_> =
            completion.parts.iter().map(|part| (part.number.get(), part.etag.as_str())).collect();
        assert_eq!(told, [(1, "a"), (3, "b")]);
    }

    #[test]
    fn what_cannot_be_held_to_is_refused() {
        let good = || input(Some(vec![part(Some(1), Some("a"))]));
        let changed = |change: fn(&mut CompleteMultipartUploadRequest)| {
            let mut input = good();
            change(&mut input);
            code(&input)
        };
        assert_eq!(changed(|_| {}), None);
        assert_eq!(changed(|r| r.checksum_crc32 = Some("AAAAAA==".into())), None);
        assert_eq!(changed(|r| r.checksum_crc32 = Some("AAAAAA==-1".into())), None);
        for wrong in ["", "bad", "AAAAAAAAAAA=", "-1"] {
            let mut input = good();
            input.checksum_crc32 = Some(wrong.into());
            assert_eq!(code(&input), Some("InvalidRequest"), "{wrong:?}");
        }
        assert_eq!(changed(|r| r.checksum_md5 = Some("x".into())), Some("NotImplemented"));
        assert_eq!(changed(|r| r.mpu_object_size = Some(-1)), Some("InvalidArgument"));
        assert_eq!(changed(|r| r.if_none_match = Some("x".into())), Some("NotImplemented"));
        assert_eq!(
            changed(|r| {
                r.checksum_crc32 = Some("AAAAAA==".into());
                r.checksum_sha1 = Some("x".into());
            }),
            Some("InvalidRequest")
        );
        assert_eq!(
            changed(|r| {
                let parts = r.multipart_upload.as_mut().unwrap().parts.as_mut().unwrap();
                parts[0].checksum_crc32 = Some("not one".into());
            }),
            Some("InvalidRequest")
        );
    }
}
