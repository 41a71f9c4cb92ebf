use std::sync::Arc;

use gate::{Access, Authorized, BodyReader, Caller, Need, On, Operation};
use objects::{Condition, ObjectKey, WriteError};
use sigv4::{Digests, Verified};
use wire::s3::{PutObjectOutput, PutObjectRequest};

use crate::{
    S3,
    checksums::{ChecksumMembers, on_wire},
    error::S3Error,
    target::{decided_bucket, missing_key},
    write_options::{AttributesOf, WriteOptions},
};

/// The most that one upload may have, in bytes.
///
/// Source: S3 User Guide, *Uploading objects*.
const OBJECT_BYTES_MAX: u64 = 5 << 30;

/// [`PutObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html)
pub(crate) struct PutObject(pub(crate) Arc<S3>);

impl Operation for PutObject {
    type Wire = wire::s3::PutObject;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &PutObjectRequest) -> Result<Vec<Need>, S3Error> {
        input.key.parse::<ObjectKey>()?;
        let on = On::Object { bucket: input.bucket.clone(), key: input.key.clone() };
        let options = WriteOptions::from(input);
        let mut needs = vec![options.add_keys(Need::new("s3:PutObject", on.clone()))];
        if input.if_match.is_some() {
            // Whoever compares the tag learns of the object that is there.
            needs.push(Need::new("s3:GetObject", on));
        }
        Ok(needs)
    }

    async fn handle(
        &self,
        mut request: Authorized<Self::Wire>,
    ) -> Result<PutObjectOutput, S3Error> {
        let body = request.take_body();
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let key: ObjectKey = input.key.parse()?;
        let options = WriteOptions::from(input);
        options.check()?;
        let condition = options.condition()?;
        check_announced(input, request.caller().content_sha256.as_deref())?;
        let attributes = input.attributes();
        let (length, limit) = (attributes.user_metadata_length(), objects::USER_METADATA_BYTES_MAX);
        if length > limit {
            return Err(S3Error::MetadataTooLarge { length, limit });
        }
        let body = body.ok_or(S3Error::NotImplemented { what: "an upload without a body" })?;
        let mut put = self.0.objects.begin_put();
        let verified = read(body, &mut put).await?;
        check_checksum_is_there(input, verified.get())?;
        let published = put.publish(&verified, bucket, &key, attributes, &condition).await;
        let object = match published {
            Ok(object) => object.value,
            Err(WriteError::ConditionFailed { current: None })
                if matches!(condition, Condition::Matches(_)) =>
            {
                return Err(missing_key(&request, &input.bucket, &input.key).await);
            }
            Err(error) => return Err(condition_failed(error, &condition)),
        };
        let checksums = ChecksumMembers::of(&object.checksums);
        Ok(PutObjectOutput {
            e_tag: Some(object.etag.to_string()),
            checksum_crc32: checksums.crc32,
            checksum_crc32_c: checksums.crc32c,
            checksum_crc64_nvme: checksums.crc64_nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            checksum_type: checksums.kind,
            ..PutObjectOutput::default()
        })
    }
}

/// Which condition did not hold, by its name.
pub(crate) fn condition_failed(error: WriteError, condition: &Condition) -> S3Error {
    match (&error, condition) {
        (WriteError::ConditionFailed { .. }, Condition::Matches(_)) => {
            S3Error::Condition { condition: "If-Match" }
        }
        (WriteError::ConditionFailed { .. }, _) => {
            S3Error::Condition { condition: "If-None-Match" }
        }
        _ => error.into(),
    }
}

/// Refuses what is known to be wrong before a byte of the body is read.
fn check_announced(input: &PutObjectRequest, content_sha256: Option<&str>) -> Result<(), S3Error> {
    if input.write_offset_bytes.is_some() {
        return Err(S3Error::NotImplemented { what: "x-amz-write-offset-bytes" });
    }
    // Chunks announce the decoded length, which the gate has demanded.
    let chunked = content_sha256.is_some_and(|declared| declared.starts_with("STREAMING-"));
    match input.content_length {
        None if !chunked => Err(S3Error::MissingContentLength),
        Some(length) if !chunked && u64::try_from(length).is_ok_and(|n| n > OBJECT_BYTES_MAX) => {
            Err(S3Error::EntityTooLarge { limit: OBJECT_BYTES_MAX })
        }
        _ => match given_checksums(input) {
            0 | 1 => Ok(()),
            _ => Err(S3Error::InvalidRequest("Expecting a single x-amz-checksum- header")),
        },
    }
}

fn given_checksums(input: &PutObjectRequest) -> usize {
    let given = [
        &input.checksum_crc32,
        &input.checksum_crc32_c,
        &input.checksum_crc64_nvme,
        &input.checksum_sha1,
        &input.checksum_sha256,
    ];
    given.into_iter().flatten().count()
}

async fn read(mut body: BodyReader, put: &mut objects::Put) -> Result<Verified<Digests>, S3Error> {
    let mut length = 0_u64;
    while let Some(bytes) = body.next().await? {
        length += bytes.len() as u64;
        if length > OBJECT_BYTES_MAX {
            return Err(S3Error::EntityTooLarge { limit: OBJECT_BYTES_MAX });
        }
        put.append(bytes).await?;
    }
    Ok(body.finish()?)
}

/// A caller that names an algorithm must have sent a checksum by it, in a header or a trailer.
fn check_checksum_is_there(input: &PutObjectRequest, digests: &Digests) -> Result<(), S3Error> {
    let Some(named) = input.checksum_algorithm else { return Ok(()) };
    if digests.checksums().iter().any(|checksum| on_wire(checksum.algorithm()) == named) {
        return Ok(());
    }
    Err(S3Error::InvalidRequest(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or \
         x-amz-trailer headers were found.",
    ))
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    fn code(result: Result<(), S3Error>) -> Option<&'static str> {
        result.err().map(|error| Fault::from(error).code())
    }

    #[test]
    fn a_length_is_announced_and_not_too_large() {
        let chunks = Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        let limit = i64::try_from(OBJECT_BYTES_MAX).unwrap();
        for (content_length, content_sha256, expected) in [
            (None, None, Some("MissingContentLength")),
            (None, Some("UNSIGNED-PAYLOAD"), Some("MissingContentLength")),
            (None, chunks, None),
            (Some(0), None, None),
            (Some(limit), None, None),
            (Some(limit + 1), None, Some("EntityTooLarge")),
            // The framing of chunks does not count.
            (Some(limit + 1), chunks, None),
        ] {
            let input = PutObjectRequest { content_length, ..PutObjectRequest::default() };
            assert_eq!(code(check_announced(&input, content_sha256)), expected);
        }
    }

    #[test]
    fn one_checksum_is_enough() {
        let mut input = PutObjectRequest {
            content_length: Some(1),
            checksum_sha1: Some("x".to_owned()),
            ..PutObjectRequest::default()
        };
        assert_eq!(code(check_announced(&input, None)), None);
        input.checksum_crc32 = Some("y".to_owned());
        assert_eq!(code(check_announced(&input, None)), Some("InvalidRequest"));
    }

    #[test]
    fn failed_conditions_have_their_names() {
        for (condition, name) in [
            (Condition::Absent, "If-None-Match"),
            (Condition::Matches("\"a\"".to_owned()), "If-Match"),
        ] {
            let error = WriteError::ConditionFailed { current: None };
            let fault: Fault = condition_failed(error, &condition).into();
            assert_eq!((fault.code(), fault.status().as_u16()), ("PreconditionFailed", 412));
            assert_eq!(fault.fields(), [("Condition", name.to_owned())]);
        }
    }
}
