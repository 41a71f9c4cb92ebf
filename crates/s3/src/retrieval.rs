//! What GET and HEAD of an object have in common: everything but the body.

use std::ops::Range;

use gate::{Authorized, SignatureKind};
use objects::{Object, ObjectKey};
use wire::s3::{ChecksumMode, GetObjectOutput, GetObjectRequest};

use crate::{
    S3,
    checksums::ChecksumMembers,
    conditions::{Conditions, Outcome},
    error::S3Error,
    http_date::http_date,
    range::{self, Asked},
    target::{check_version_id, decided_bucket, missing_key},
};

/// What S3 says of an object whose writer did not say.
const CONTENT_TYPE: &str = "binary/octet-stream";

/// An object that was found, and what is asked of it.
pub(crate) struct Retrieval {
    /// The answer, but for the body.
    pub(crate) output: GetObjectOutput,
    pub(crate) object: Object,
    pub(crate) range: Range<u64>,
}

/// Finds the object and judges the request's conditions and range.
pub(crate) async fn retrieve<O: wire::Operation>(
    s3: &S3,
    request: &Authorized<O>,
    input: &GetObjectRequest,
) -> Result<Retrieval, S3Error> {
    check(input, request.caller().signature)?;
    let bucket = decided_bucket(request, &input.bucket, input.expected_bucket_owner.as_deref())?;
    let key: ObjectKey = input.key.parse()?;
    let Some(found) = s3.objects.object(&bucket.value, &key).await? else {
        return Err(missing_key(request, &input.bucket, &input.key).await);
    };
    let object = found.value;
    let (range, content_range) = judge(input, &object)?;
    let output = describe(input, &object, &range, content_range);
    Ok(Retrieval { output, object, range })
}

/// Refuses what is not served, or not to this caller.
fn check(input: &GetObjectRequest, signature: SignatureKind) -> Result<(), S3Error> {
    check_version_id(input.version_id.as_deref())?;
    if input.part_number.is_some() {
        return Err(S3Error::NotImplemented { what: "partNumber" });
    }
    if input.sse_customer_algorithm.is_some()
        || input.sse_customer_key.is_some()
        || input.sse_customer_key_md5.is_some()
    {
        return Err(S3Error::InvalidRequest(
            "The encryption parameters are not applicable to this object.",
        ));
    }
    let overrides = [
        input.response_cache_control.is_some(),
        input.response_content_disposition.is_some(),
        input.response_content_encoding.is_some(),
        input.response_content_language.is_some(),
        input.response_content_type.is_some(),
        input.response_expires.is_some(),
    ];
    if signature == SignatureKind::None && overrides.contains(&true) {
        return Err(S3Error::InvalidRequest(
            "Request specific response headers cannot be used for anonymous GET requests.",
        ));
    }
    Ok(())
}

/// Which bytes the caller gets, with the `Content-Range` if it is not all of them.
fn judge(
    input: &GetObjectRequest,
    object: &Object,
) -> Result<(Range<u64>, Option<String>), S3Error> {
    let conditions = Conditions {
        if_match: input.if_match.as_deref(),
        if_none_match: input.if_none_match.as_deref(),
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    };
    match conditions.judge(object.etag.as_str(), object.last_modified) {
        Outcome::Holds => {}
        Outcome::NotModified => {
            return Err(S3Error::NotModified {
                etag: object.etag.to_string(),
                last_modified: object.last_modified,
            });
        }
        Outcome::Failed(condition) => return Err(S3Error::Condition { condition }),
    }
    let size = object.size;
    match range::asked(input.range.as_deref(), size) {
        Asked::Everything => Ok((0..size, None)),
        Asked::Part(part) => {
            let content_range = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            Ok((part, Some(content_range)))
        }
        Asked::Unsatisfiable => {
            Err(S3Error::InvalidRange { asked: input.range.clone().unwrap_or_default(), size })
        }
    }
}

/// The headers of the answer.
fn describe(
    input: &GetObjectRequest,
    object: &Object,
    range: &Range<u64>,
    content_range: Option<String>,
) -> GetObjectOutput {
    let attributes = &object.attributes;
    // The checksums are of the whole object, so they say nothing of a part.
    let wanted = input.checksum_mode == Some(ChecksumMode::Enabled) && content_range.is_none();
    let checksums =
        if wanted { ChecksumMembers::of(&object.checksums) } else { ChecksumMembers::default() };
    let instead =
        |asked: &Option<String>, stored: &Option<String>| asked.clone().or_else(|| stored.clone());
    let content_type = instead(&input.response_content_type, &attributes.content_type);
    GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: instead(&input.response_cache_control, &attributes.cache_control),
        checksum_crc32: checksums.crc32,
        checksum_crc32_c: checksums.crc32c,
        checksum_crc64_nvme: checksums.crc64_nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
        checksum_type: checksums.kind,
        content_disposition: instead(
            &input.response_content_disposition,
            &attributes.content_disposition,
        ),
        content_encoding: instead(&input.response_content_encoding, &attributes.content_encoding),
        content_language: instead(&input.response_content_language, &attributes.content_language),
        content_length: i64::try_from(range.end - range.start).ok(),
        content_range,
        content_type: Some(content_type.unwrap_or_else(|| CONTENT_TYPE.to_owned())),
        e_tag: Some(object.etag.to_string()),
        expires: input.response_expires.as_ref().map(http_date).or(attributes.expires.clone()),
        last_modified: Some(object.last_modified),
        metadata: Some(attributes.user_metadata.clone()),
        ..GetObjectOutput::default()
    }
}
