use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation, Principal};
use objects::{Bucket, Condition, CopyOptions, Object, ObjectKey, Tags, WriteError};
use wire::{
    CopySource,
    s3::{
        CopyObjectOutput, CopyObjectRequest, CopyObjectResult, MetadataDirective, TaggingDirective,
    },
};

use crate::{
    S3,
    checksums::{ChecksumMembers, algorithm_of},
    conditions::{Conditions, Outcome},
    error::S3Error,
    put_object::condition_failed,
    tagging,
    target::{
        decided_bucket, existing_object_need, find_object, missing_key, shown_version, version_id,
        written_version,
    },
    upload_body::OBJECT_BYTES_MAX,
    write_options::{AttributesOf, WriteOptions},
};

/// [`CopyObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html)
///
/// It takes the right to read the source as well as the right to write the copy.
pub(crate) struct CopyObject(pub(crate) Arc<S3>);

impl Operation for CopyObject {
    type Wire = wire::s3::CopyObject;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, caller: &Caller, input: &CopyObjectRequest) -> Result<Vec<Need>, S3Error> {
        if matches!(caller.principal, Principal::Anonymous) {
            // A copy must be signed, whatever the policies of both buckets say.
            return Err(S3Error::AccessDenied);
        }
        needs(input)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<CopyObjectOutput, S3Error> {
        let input = &request.input;
        let from = CopySource::parse(&input.copy_source)?;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let expected_source_owner = input.expected_source_bucket_owner.as_deref();
        let source_bucket = decided_bucket(&request, &from.bucket, expected_source_owner)?;
        check(input, &from)?;
        let options = WriteOptions::from(input);
        options.check()?;
        let condition = options.condition()?;
        let source = copy_source(&self.0, &request, &source_bucket.value, &from).await?;
        check_source(input, &source)?;
        let tags = tags(&request, input, &from, &source).await?;
        let replaced = input.metadata_directive == Some(MetadataDirective::Replace);
        let attributes = replaced.then(|| input.attributes());
        let key: ObjectKey = input.key.parse()?;
        let checksum = input.checksum_algorithm.map(algorithm_of).transpose()?;
        let options = CopyOptions { attributes, tags, checksum, condition: condition.clone() };
        let copied = self.0.objects.copy_object(&source, bucket, &key, options).await;
        let copy = match copied {
            Ok(copy) => copy.value,
            Err(WriteError::ConditionFailed { current: None })
                if matches!(condition, Condition::Matches(_) | Condition::Exists) =>
            {
                return Err(missing_key(&request, &bucket.value, &input.key).await);
            }
            Err(error) => return Err(condition_failed(error, &condition)),
        };
        let checksums = ChecksumMembers::of_object(&copy);
        let result = CopyObjectResult {
            e_tag: Some(copy.etag.to_string()),
            last_modified: Some(copy.last_modified),
            checksum_crc32: checksums.crc32,
            checksum_crc32_c: checksums.crc32c,
            checksum_crc64_nvme: checksums.crc64_nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            checksum_type: checksums.kind,
            ..CopyObjectResult::default()
        };
        Ok(CopyObjectOutput {
            copy_object_result: Some(result),
            copy_source_version_id: shown_version(&source_bucket.value, source.version_id),
            version_id: written_version(copy.version_id),
            ..CopyObjectOutput::default()
        })
    }
}

/// The object, or the version of it, that is to be copied.
pub(crate) async fn copy_source<O: wire::Operation>(
    s3: &S3,
    request: &Authorized<O>,
    bucket: &Bucket,
    from: &CopySource,
) -> Result<Object, S3Error> {
    let version = version_id(from.version_id.as_deref())?;
    match find_object(s3, request, bucket, &from.key, version).await {
        Err(S3Error::DeleteMarker { .. }) => Err(S3Error::InvalidRequest(
            "The source of a copy request may not specifically refer to a delete marker by version \
             id.",
        )),
        found => Ok(found?.value),
    }
}

/// Source: Service Authorization Reference, *Amazon S3*; S3 API Reference, `CopyObject`, *Permissions*.
fn needs(input: &CopyObjectRequest) -> Result<Vec<Need>, S3Error> {
    let from = CopySource::parse(&input.copy_source)?;
    from.key.parse::<ObjectKey>()?;
    input.key.parse::<ObjectKey>()?;
    let read = existing_object_need(
        "s3:GetObject",
        "s3:GetObjectVersion",
        &from.bucket,
        &from.key,
        from.version_id.as_deref(),
    )?;
    let on = On::Object { bucket: input.bucket.clone(), key: input.key.clone() };
    let mut write = WriteOptions::from(input).add_keys(Need::new("s3:PutObject", on.clone()));
    // As it is understood, not as it is spelt: a policy cannot be got round by a slash or a `%2F`.
    write = write.with("s3:x-amz-copy-source", format!("{}/{}", from.bucket, from.key));
    if let Some(directive) = input.metadata_directive {
        write = write.with("s3:x-amz-metadata-directive", directive.as_str());
    }
    if let Some(directive) = input.tagging_directive {
        write = write.with("s3:x-amz-tagging-directive", directive.as_str());
    }
    let tags = tagging::of_header(input.tagging.as_deref())?;
    let mut needs = vec![read];
    needs.extend(tagging::needs_of_write(write, &tags));
    if input.if_match.is_some() {
        needs.push(Need::new("s3:GetObject", on).with_existing_object(None));
    }
    Ok(needs)
}

/// The tags that the copy gets: those of the request if it says `REPLACE`, otherwise the source's, which
/// the caller must then be allowed to read and to set.
///
/// Source: S3 API Reference, `CopyObject`, `x-amz-tagging-directive`; S3 User Guide, *Categorizing your
/// storage using tags*, *API operations related to object tagging*.
async fn tags<O: wire::Operation>(
    request: &Authorized<O>,
    input: &CopyObjectRequest,
    from: &CopySource,
    source: &Object,
) -> Result<Tags, S3Error> {
    if input.tagging_directive == Some(TaggingDirective::Replace) {
        return tagging::of_header(input.tagging.as_deref());
    }
    if source.tags.is_empty() {
        return Ok(Tags::default());
    }
    let read = existing_object_need(
        "s3:GetObjectTagging",
        "s3:GetObjectVersionTagging",
        &from.bucket,
        &from.key,
        from.version_id.as_deref(),
    )?;
    let on = On::Object { bucket: input.bucket.clone(), key: input.key.clone() };
    let write = Need::new("s3:PutObjectTagging", on).with_object_tags(source.tags.iter());
    if request.may(&read).await && request.may(&write).await {
        Ok(source.tags.clone())
    } else {
        Err(S3Error::AccessDenied)
    }
}

/// Refuses what is not served, and a copy of an object onto itself that changes nothing.
fn check(input: &CopyObjectRequest, from: &CopySource) -> Result<(), S3Error> {
    if input.copy_source_sse_customer_algorithm.is_some()
        || input.copy_source_sse_customer_key.is_some()
        || input.copy_source_sse_customer_key_md5.is_some()
    {
        return Err(S3Error::InvalidRequest(
            "The encryption parameters are not applicable to this object.",
        ));
    }
    let brings_tags = input.tagging.as_ref().is_some_and(|tagging| !tagging.is_empty());
    if brings_tags && input.tagging_directive != Some(TaggingDirective::Replace) {
        return Err(S3Error::InvalidRequest(
            "x-amz-tagging needs the x-amz-tagging-directive REPLACE",
        ));
    }
    let onto_itself = from.bucket == input.bucket && from.key == input.key;
    let changed = input.metadata_directive == Some(MetadataDirective::Replace)
        || input.storage_class.is_some()
        // An earlier version becomes the current one again.
        || from.version_id.is_some();
    if onto_itself && !changed {
        return Err(S3Error::InvalidRequest(
            "This copy request is illegal because it is trying to copy an object to itself \
             without changing the object's metadata, storage class, website redirect location or \
             encryption attributes.",
        ));
    }
    Ok(())
}

/// Judges the conditions on the source, and that it is not too large.
fn check_source(input: &CopyObjectRequest, source: &Object) -> Result<(), S3Error> {
    let conditions = Conditions {
        if_match: input.copy_source_if_match.as_deref(),
        if_none_match: input.copy_source_if_none_match.as_deref(),
        if_modified_since: input.copy_source_if_modified_since,
        if_unmodified_since: input.copy_source_if_unmodified_since,
    };
    check_conditions(conditions, source)?;
    if source.size > OBJECT_BYTES_MAX {
        return Err(S3Error::InvalidRequest(
            "The specified copy source is larger than the maximum allowable size for a copy \
             source: 5368709120",
        ));
    }
    Ok(())
}

/// Judges conditions on the source of a copy.
pub(crate) fn check_conditions(conditions: Conditions<'_>, source: &Object) -> Result<(), S3Error> {
    let condition = match conditions.judge(source.etag.as_str(), source.last_modified) {
        Outcome::Holds => return Ok(()),
        Outcome::NotModified if conditions.if_none_match.is_some() => {
            "x-amz-copy-source-If-None-Match"
        }
        Outcome::NotModified => "x-amz-copy-source-If-Modified-Since",
        Outcome::Failed(condition) => condition,
    };
    Err(S3Error::Condition { condition })
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    fn input(copy_source: &str) -> CopyObjectRequest {
        CopyObjectRequest {
            bucket: "b".into(),
            key: "me/copy".into(),
            copy_source: copy_source.into(),
            ..CopyObjectRequest::default()
        }
    }

    #[test]
    fn a_copy_takes_the_right_to_read_its_source() {
        for source in ["b/other/x", "/b/other/x", "b%2Fother%2Fx", "/b/%6Fther/x"] {
            let needs = needs(&input(source)).unwrap();
            let told: Vec<_> =
                needs.iter().map(|need| (need.action, need.on.resource().into_owned())).collect();
            assert_eq!(
                told,
                [
                    ("s3:GetObject", "arn:aws:s3:::b/other/x".to_owned()),
                    ("s3:PutObject", "arn:aws:s3:::b/me/copy".to_owned()),
                ],
                "{source}"
            );
            assert!(needs[1].keys.contains(&("s3:x-amz-copy-source", "b/other/x".into())));
        }
        let of_version = needs(&input("b/other/x?versionId=null")).unwrap();
        assert_eq!(of_version[0].action, "s3:GetObjectVersion");
        for source in ["", "b", "b/", "b/other/x?versionId=v1"] {
            let fault: Fault = needs(&input(source)).unwrap_err().into();
            assert_eq!(fault.code(), "InvalidArgument", "{source}");
        }
    }

    #[test]
    fn a_literal_key_is_not_resolved() {
        let needs = needs(&input("b/me/../other/x")).unwrap();
        assert_eq!(needs[0].on.resource(), "arn:aws:s3:::b/me/../other/x");
    }

    #[test]
    fn a_copy_onto_itself_must_change_something() {
        let code = |input: &CopyObjectRequest| {
            let from = CopySource::parse(&input.copy_source).unwrap();
            check(input, &from).err().map(|error| Fault::from(error).code())
        };
        let mut onto_itself = input("b/me/copy");
        assert_eq!(code(&onto_itself), Some("InvalidRequest"));
        onto_itself.metadata_directive = Some(MetadataDirective::Copy);
        assert_eq!(code(&onto_itself), Some("InvalidRequest"));
        onto_itself.metadata_directive = Some(MetadataDirective::Replace);
        assert_eq!(code(&onto_itself), None);
        assert_eq!(code(&input("b/me/other")), None);
        assert_eq!(code(&input("c/me/copy")), None);
        assert_eq!(code(&input("b/me/copy?versionId=null")), None);
    }
}
