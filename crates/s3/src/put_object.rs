use std::sync::Arc;

use gate::{Access, Authorized, BodyReader, Caller, Need, On, Operation};
use objects::{Condition, ObjectKey, UploadChecksum, WriteError};
use wire::s3::{PutObjectOutput, PutObjectRequest};

use crate::{
    S3,
    checksums::ChecksumMembers,
    error::S3Error,
    tagging,
    target::{decided_bucket, missing_key, written_version},
    upload_body::{Announced, announced, read},
    write_options::{AttributesOf, WriteOptions},
};

/// [`PutObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html)
pub(crate) struct PutObject(pub(crate) Arc<S3>);

impl Operation for PutObject {
    type Wire = wire::s3::PutObject;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &PutObjectRequest) -> Result<Vec<Need>, S3Error> {
        needs_of_put(input)
    }

    async fn handle(
        &self,
        mut request: Authorized<Self::Wire>,
    ) -> Result<PutObjectOutput, S3Error> {
        let body = request.take_body();
        let announced = announced!(request.input, request.caller());
        announced.check()?;
        put(&self.0, &request, &request.input, body, announced).await
    }
}

/// What it takes to put an object, also by a form.
pub(crate) fn needs_of_put(input: &PutObjectRequest) -> Result<Vec<Need>, S3Error> {
    input.key.parse::<ObjectKey>()?;
    let on = On::Object { bucket: input.bucket.clone(), key: input.key.clone() };
    let options = WriteOptions::from(input);
    let tags = tagging::of_header(input.tagging.as_deref())?;
    let put = options.add_keys(Need::new("s3:PutObject", on.clone()));
    let mut needs = tagging::needs_of_write(put, &tags);
    if input.if_match.is_some() {
        // Whoever compares the tag learns of the object that is there.
        needs.push(Need::new("s3:GetObject", on).with_existing_object(None));
    }
    Ok(needs)
}

/// Puts an object, for a request that was decided by [`needs_of_put`].
pub(crate) async fn put<O: wire::Operation>(
    s3: &S3,
    request: &Authorized<O>,
    input: &PutObjectRequest,
    body: Option<BodyReader>,
    announced: Announced<'_>,
) -> Result<PutObjectOutput, S3Error> {
    let bucket = decided_bucket(request, &input.bucket, input.expected_bucket_owner.as_deref())?;
    let key: ObjectKey = input.key.parse()?;
    let options = WriteOptions::from(input);
    options.check()?;
    let condition = options.condition()?;
    if input.write_offset_bytes.is_some() {
        return Err(S3Error::NotImplemented { what: "x-amz-write-offset-bytes" });
    }
    let attributes = input.attributes();
    let (length, limit) = (attributes.user_metadata_length(), objects::USER_METADATA_BYTES_MAX);
    if length > limit {
        return Err(S3Error::MetadataTooLarge { length, limit });
    }
    let tags = tagging::of_header(input.tagging.as_deref())?;
    let mut put = s3.objects.begin_put().with_tags(tags);
    let otherwise = UploadChecksum::DEFAULT.algorithm;
    let verified = read(body, announced, otherwise, &mut put, &s3.workers).await?;
    let published = put.publish(&verified, bucket, &key, attributes, &condition).await;
    let object = match published {
        Ok(object) => object.value,
        Err(WriteError::ConditionFailed { current: None })
            if matches!(condition, Condition::Matches(_) | Condition::Exists) =>
        {
            return Err(missing_key(request, &bucket.value, &input.key).await);
        }
        Err(error) => return Err(condition_failed(error, &condition)),
    };
    let checksums = ChecksumMembers::of_object(&object);
    Ok(PutObjectOutput {
        e_tag: Some(object.etag.to_string()),
        checksum_crc32: checksums.crc32,
        checksum_crc32_c: checksums.crc32c,
        checksum_crc64_nvme: checksums.crc64_nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
        checksum_type: checksums.kind,
        version_id: written_version(object.version_id),
        ..PutObjectOutput::default()
    })
}

/// Which condition did not hold, by its name.
pub(crate) fn condition_failed(error: WriteError, condition: &Condition) -> S3Error {
    match (&error, condition) {
        (WriteError::ConditionFailed { .. }, Condition::Matches(_) | Condition::Exists) => {
            S3Error::Condition { condition: "If-Match" }
        }
        (WriteError::ConditionFailed { .. }, _) => {
            S3Error::Condition { condition: "If-None-Match" }
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

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
