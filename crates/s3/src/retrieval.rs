//! What GET and HEAD of an object have in common: everything but the body.

use std::ops::Range;

use gate::{Authorized, SignatureKind};
use objects::Object;
use sigv4::Checksum;
use wire::s3::{ChecksumMode, GetObjectOutput, GetObjectRequest};

use crate::{
    S3,
    checksums::{ChecksumMembers, checksum_type},
    conditions::{Conditions, Outcome, is_validator},
    error::S3Error,
    http_date::http_date,
    metadata,
    range::{self, Asked},
    target::{decided_bucket, find_object, shown_version, version_id},
    uploads::part_number,
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
    let bucket = &bucket.value;
    let version_id = version_id(input.version_id.as_deref())?;
    let object = find_object(s3, request, bucket, &input.key, version_id).await?.value;
    judge(input, &object)?;
    let part = match input.part_number {
        Some(number) => Some(part(s3, &object, number).await?),
        None => None,
    };
    let (range, content_range) = match &part {
        Some(part) => (part.range.clone(), shown_range(&part.range, object.size)),
        None => chosen(input, &object)?,
    };
    let described = describe(input, &object, &range, content_range);
    let output = GetObjectOutput {
        version_id: shown_version(bucket, object.version_id),
        ..match part {
            Some(part) => of_part(described, input, &object, &part),
            None => described,
        }
    };
    Ok(Retrieval { output, object, range })
}

/// A part of an object: of one that was put whole, all of it.
struct PartOf {
    range: Range<u64>,
    checksum: Option<Checksum>,
}

/// The part of that number. An object that was put whole is its own only part.
///
/// Source: S3 API Reference, `GetObject`, `partNumber`.
async fn part(s3: &S3, object: &Object, number: i32) -> Result<PartOf, S3Error> {
    let count = object.parts_count().unwrap_or(1);
    let unknown = || S3Error::InvalidPartNumber { number, count };
    let number = part_number(number)?;
    let Some(parts) = s3.objects.parts_of(object).await? else {
        return match number.get() {
            1 => Ok(PartOf { range: 0..object.size, checksum: None }),
            _ => Err(unknown()),
        };
    };
    let found = parts.into_iter().find(|part| part.number == number);
    let found = found.ok_or_else(unknown)?;
    Ok(PartOf { range: found.range, checksum: Some(found.checksum) })
}

/// The answer for a part: how many there are, and the part's checksum instead of the object's.
fn of_part(
    described: GetObjectOutput,
    input: &GetObjectRequest,
    object: &Object,
    part: &PartOf,
) -> GetObjectOutput {
    let parts_count = object.parts_count().map(i32::from);
    let checksums = match &part.checksum {
        Some(checksum) if input.checksum_mode == Some(ChecksumMode::Enabled) => {
            ChecksumMembers { kind: checksum_type(object), ..ChecksumMembers::of_part(checksum) }
        }
        _ => return GetObjectOutput { parts_count, ..described },
    };
    GetObjectOutput {
        parts_count,
        checksum_crc32: checksums.crc32,
        checksum_crc32_c: checksums.crc32c,
        checksum_crc64_nvme: checksums.crc64_nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
        checksum_type: checksums.kind,
        ..described
    }
}

/// Refuses what is not served, or not to this caller.
fn check(input: &GetObjectRequest, signature: SignatureKind) -> Result<(), S3Error> {
    if let Some(number) = input.part_number {
        part_number(number)?;
        if input.range.is_some() {
            return Err(S3Error::InvalidRequest(
                "Cannot specify both Range header and partNumber query parameter",
            ));
        }
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

/// Judges the request's conditions.
fn judge(input: &GetObjectRequest, object: &Object) -> Result<(), S3Error> {
    let conditions = Conditions {
        if_match: input.if_match.as_deref(),
        if_none_match: input.if_none_match.as_deref(),
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    };
    match conditions.judge(object.etag.as_str(), object.last_modified) {
        Outcome::Holds => Ok(()),
        Outcome::NotModified => Err(S3Error::NotModified {
            etag: object.etag.to_string(),
            last_modified: object.last_modified,
        }),
        Outcome::Failed(condition) => Err(S3Error::Condition { condition }),
    }
}

/// Which bytes the caller gets, with the `Content-Range` if it is not all of them.
fn chosen(
    input: &GetObjectRequest,
    object: &Object,
) -> Result<(Range<u64>, Option<String>), S3Error> {
    let size = object.size;
    let holds = |validator| is_validator(validator, object.etag.as_str(), object.last_modified);
    let range = input.range.as_deref().filter(|_| input.if_range.as_deref().is_none_or(holds));
    match range::asked(range, size) {
        Asked::Everything => Ok((0..size, None)),
        Asked::Part(part) => {
            let content_range = shown_range(&part, size);
            Ok((part, content_range))
        }
        Asked::Unsatisfiable => {
            Err(S3Error::InvalidRange { asked: input.range.clone().unwrap_or_default(), size })
        }
    }
}

/// A `Content-Range`. No bytes, as an empty part has, are no range.
fn shown_range(range: &Range<u64>, size: u64) -> Option<String> {
    let last = range.end.checked_sub(1).filter(|last| *last >= range.start)?;
    Some(format!("bytes {}-{last}/{size}", range.start))
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
        if wanted { ChecksumMembers::of_object(object) } else { ChecksumMembers::default() };
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
        metadata: Some(metadata::encoded(&attributes.user_metadata)),
        tag_count: i32::try_from(object.tags.len()).ok().filter(|count| *count > 0),
        ..GetObjectOutput::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use gate::SignatureVersion;
    use objects::Attributes;
    use types::Timestamp;
    use wire::Fault;

    use super::*;
    use crate::testing::World;

    async fn object() -> Object {
        let attributes = Attributes {
            content_type: Some("text/plain".into()),
            cache_control: Some("no-store".into()),
            user_metadata: BTreeMap::from([("colour".into(), "grün".into())]),
            ..Attributes::default()
        };
        World::new().object(b"0123456789".to_vec(), attributes).await
    }

    /// The answer's status, as it will be, and its parts that depend on the request.
    fn outcome(input: &GetObjectRequest, object: &Object) -> (u16, Option<String>, Option<i64>) {
        match judge(input, object).and_then(|()| chosen(input, object)) {
            Ok((range, content_range)) => {
                let output = describe(input, object, &range, content_range);
                let status = if output.content_range.is_some() { 206 } else { 200 };
                (status, output.content_range, output.content_length)
            }
            Err(error) => (Fault::from(error).status().as_u16(), None, None),
        }
    }

    #[tokio::test]
    async fn ranges_and_conditions_give_their_status() {
        let object = object().await;
        let etag = object.etag.to_string();
        let modified = object.last_modified;
        let before = Timestamp::from_second(modified.as_second() - 1).unwrap();
        let plain = GetObjectRequest::default();
        let ranged = |range: &str| GetObjectRequest { range: Some(range.into()), ..plain.clone() };
        let if_match = |tag: &str| GetObjectRequest { if_match: Some(tag.into()), ..plain.clone() };
        let if_none =
            |tag: &str| GetObjectRequest { if_none_match: Some(tag.into()), ..plain.clone() };
        let part = |text: &str, length| (206, Some(text.to_owned()), Some(length));
        for (input, expected) in [
            (plain.clone(), (200, None, Some(10))),
            (ranged("bytes=0-0"), part("bytes 0-0/10", 1)),
            (ranged("bytes=4-"), part("bytes 4-9/10", 6)),
            (ranged("bytes=-3"), part("bytes 7-9/10", 3)),
            (ranged("bytes=0-99"), part("bytes 0-9/10", 10)),
            (ranged("bytes=10-"), (416, None, None)),
            (if_match(&etag), (200, None, Some(10))),
            (if_match("\"other\""), (412, None, None)),
            (if_none(&etag), (304, None, None)),
            (if_none("\"other\""), (200, None, Some(10))),
            (
                GetObjectRequest { if_modified_since: Some(modified), ..plain.clone() },
                (304, None, None),
            ),
            (
                GetObjectRequest { if_unmodified_since: Some(before), ..plain.clone() },
                (412, None, None),
            ),
            // s3fs reads so: a part, if the object is still the one it has seen.
            (
                GetObjectRequest { if_match: Some(etag.clone()), ..ranged("bytes=0-4") },
                part("bytes 0-4/10", 5),
            ),
            (
                GetObjectRequest { if_match: Some("\"other\"".into()), ..ranged("bytes=0-4") },
                (412, None, None),
            ),
            // Browsers go on with a download so: with the rest, or with all of what is there now.
            (
                GetObjectRequest { if_range: Some(etag.clone()), ..ranged("bytes=5-") },
                part("bytes 5-9/10", 5),
            ),
            (
                GetObjectRequest { if_range: Some("\"other\"".into()), ..ranged("bytes=5-") },
                (200, None, Some(10)),
            ),
            (
                GetObjectRequest { if_range: Some("\"other\"".into()), ..ranged("bytes=10-") },
                (200, None, Some(10)),
            ),
        ] {
            assert_eq!(outcome(&input, &object), expected, "{input:?}");
        }
    }

    #[tokio::test]
    async fn not_modified_says_of_what() {
        let object = object().await;
        let input =
            GetObjectRequest { if_none_match: Some("*".into()), ..GetObjectRequest::default() };
        let fault: Fault = judge(&input, &object).unwrap_err().into();
        assert_eq!(
            fault.headers(),
            [
                ("etag", "\"781e5e245d69b566979b86e28d23f2c7\"".to_owned()),
                ("last-modified", "Fri, 02 Jan 2026 03:04:05 GMT".to_owned()),
            ]
        );
    }

    #[tokio::test]
    async fn checksums_are_told_of_the_whole_and_when_asked() {
        let object = object().await;
        let told = |input: &GetObjectRequest| {
            let (range, content_range) = chosen(input, &object).unwrap();
            describe(input, &object, &range, content_range).checksum_crc32
        };
        let plain = GetObjectRequest::default();
        assert_eq!(told(&plain), None);
        let enabled = GetObjectRequest { checksum_mode: Some(ChecksumMode::Enabled), ..plain };
        // CRC-32 of 0123456789 is a684c7c6.
        assert_eq!(told(&enabled).as_deref(), Some("poTHxg=="));
        let part = GetObjectRequest { range: Some("bytes=0-4".into()), ..enabled };
        assert_eq!(told(&part), None);
    }

    #[tokio::test]
    async fn headers_are_the_stored_ones_unless_others_are_asked_for() {
        let object = object().await;
        let answer = |input: &GetObjectRequest| describe(input, &object, &(0..10), None);
        let plain = answer(&GetObjectRequest::default());
        assert_eq!(plain.content_type.as_deref(), Some("text/plain"));
        assert_eq!(plain.cache_control.as_deref(), Some("no-store"));
        assert_eq!(
            plain.metadata.unwrap().get("colour").map(String::as_str),
            Some("=?UTF-8?B?Z3LDvG4=?=")
        );
        assert_eq!(plain.accept_ranges.as_deref(), Some("bytes"));
        assert_eq!((plain.expires, plain.content_language), (None, None));
        let asked = GetObjectRequest {
            response_content_type: Some("application/json".into()),
            response_content_disposition: Some("attachment".into()),
            response_expires: Some(Timestamp::UNIX_EPOCH),
            ..GetObjectRequest::default()
        };
        let asked = answer(&asked);
        assert_eq!(asked.content_type.as_deref(), Some("application/json"));
        assert_eq!(asked.content_disposition.as_deref(), Some("attachment"));
        assert_eq!(asked.expires.as_deref(), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
        assert_eq!(asked.cache_control.as_deref(), Some("no-store"));
    }

    #[test]
    fn what_is_not_served_is_refused() {
        let plain = GetObjectRequest::default();
        let code = |input: &GetObjectRequest, signature| {
            check(input, signature).err().map(|error| Fault::from(error).code())
        };
        assert_eq!(code(&plain, SignatureKind::None), None);
        let part = |number| GetObjectRequest { part_number: Some(number), ..plain.clone() };
        assert_eq!(code(&part(1), SignatureKind::None), None);
        assert_eq!(
            code(&part(0), SignatureKind::Header(SignatureVersion::Four)),
            Some("InvalidArgument")
        );
        let both = GetObjectRequest { range: Some("bytes=0-1".into()), ..part(1) };
        assert_eq!(
            code(&both, SignatureKind::Header(SignatureVersion::Four)),
            Some("InvalidRequest")
        );
        let key = GetObjectRequest { sse_customer_key: Some("k".into()), ..plain.clone() };
        assert_eq!(
            code(&key, SignatureKind::Header(SignatureVersion::Four)),
            Some("InvalidRequest")
        );
        // Only who signed the URL may say what a browser is to make of the bytes.
        let overridden =
            GetObjectRequest { response_content_type: Some("text/html".into()), ..plain };
        assert_eq!(code(&overridden, SignatureKind::Query(SignatureVersion::Four)), None);
        assert_eq!(code(&overridden, SignatureKind::Header(SignatureVersion::Four)), None);
        assert_eq!(code(&overridden, SignatureKind::None), Some("InvalidRequest"));
    }
}
