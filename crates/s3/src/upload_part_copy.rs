use std::{ops::Range, sync::Arc};

use gate::{Access, Authorized, Caller, Need, Operation, Principal};
use objects::ObjectKey;
use wire::{
    CopySource,
    s3::{CopyPartResult, UploadPartCopyOutput, UploadPartCopyRequest},
};

use crate::{
    S3,
    checksums::ChecksumMembers,
    conditions::Conditions,
    copy_object::{check_conditions, copy_source},
    error::S3Error,
    target::{decided_bucket, existing_object_need, shown_version},
    upload_body::OBJECT_BYTES_MAX,
    upload_part::part_need,
    uploads::part_number,
};

/// [`UploadPartCopy`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html)
///
/// It takes the right to read the source as well as the right to write the object.
pub(crate) struct UploadPartCopy(pub(crate) Arc<S3>);

impl Operation for UploadPartCopy {
    type Wire = wire::s3::UploadPartCopy;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, caller: &Caller, input: &UploadPartCopyRequest) -> Result<Vec<Need>, S3Error> {
        if matches!(caller.principal, Principal::Anonymous) {
            // A copy must be signed, whatever the policies of both buckets say.
            return Err(S3Error::AccessDenied);
        }
        needs(input)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<UploadPartCopyOutput, S3Error> {
        let input = &request.input;
        let from = CopySource::parse(&input.copy_source)?;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let expected_source_owner = input.expected_source_bucket_owner.as_deref();
        let source_bucket = decided_bucket(&request, &from.bucket, expected_source_owner)?;
        check(input)?;
        let number = part_number(input.part_number)?;
        let key: ObjectKey = input.key.parse()?;
        let upload = self.0.upload(&bucket.value, &key, &input.upload_id).await?;
        let source = copy_source(&self.0, &request, &source_bucket.value, &from).await?;
        let conditions = Conditions {
            if_match: input.copy_source_if_match.as_deref(),
            if_none_match: input.copy_source_if_none_match.as_deref(),
            if_modified_since: input.copy_source_if_modified_since,
            if_unmodified_since: input.copy_source_if_unmodified_since,
        };
        check_conditions(conditions, &source)?;
        let range = range(input.copy_source_range.as_deref(), source.size)?;
        let objects = &self.0.objects;
        let part = objects.copy_part(&source, range, bucket, &upload, number).await?;
        let checksums = match upload.value.checksum {
            Some(_) => ChecksumMembers::of_part(&part.checksum),
            None => ChecksumMembers::default(),
        };
        let result = CopyPartResult {
            e_tag: Some(part.etag().to_string()),
            last_modified: Some(part.last_modified),
            checksum_crc32: checksums.crc32,
            checksum_crc32_c: checksums.crc32c,
            checksum_crc64_nvme: checksums.crc64_nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            ..CopyPartResult::default()
        };
        Ok(UploadPartCopyOutput {
            copy_part_result: Some(result),
            copy_source_version_id: shown_version(&source_bucket.value, source.version_id),
            ..UploadPartCopyOutput::default()
        })
    }
}

/// Source: Service Authorization Reference, *Amazon S3*; S3 API Reference, `UploadPartCopy`,
/// *Permissions*.
fn needs(input: &UploadPartCopyRequest) -> Result<Vec<Need>, S3Error> {
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
    // As it is understood, not as it is spelt.
    let write = part_need(&input.bucket, &input.key)
        .with("s3:x-amz-copy-source", format!("{}/{}", from.bucket, from.key));
    Ok(vec![read, write])
}

fn check(input: &UploadPartCopyRequest) -> Result<(), S3Error> {
    if input.copy_source_sse_customer_algorithm.is_some()
        || input.copy_source_sse_customer_key.is_some()
        || input.copy_source_sse_customer_key_md5.is_some()
    {
        return Err(S3Error::InvalidRequest(
            "The encryption parameters are not applicable to this object.",
        ));
    }
    if input.sse_customer_algorithm.is_some()
        || input.sse_customer_key.is_some()
        || input.sse_customer_key_md5.is_some()
    {
        return Err(S3Error::NotImplemented { what: "encryption with customer-provided keys" });
    }
    Ok(())
}

/// Which bytes of the source become the part: `bytes=FIRST-LAST`, both there. Other than a GET's range it
/// is not cut at the source's end.
fn range(header: Option<&str>, size: u64) -> Result<Range<u64>, S3Error> {
    let range = match header {
        None => 0..size,
        Some(header) => {
            let range = parse(header).ok_or_else(|| S3Error::InvalidArgument {
                name: "x-amz-copy-source-range",
                value: header.chars().take(100).collect(),
                message: "The x-amz-copy-source-range value must be of the form bytes=first-last \
                          where first and last are the zero-based offsets of the first and last \
                          bytes to copy",
            })?;
            if range.end > size {
                let asked = header.chars().take(100).collect();
                return Err(S3Error::InvalidRange { asked, size });
            }
            range
        }
    };
    if range.end - range.start > OBJECT_BYTES_MAX {
        return Err(S3Error::InvalidRequest(
            "The specified copy source is larger than the maximum allowable size for a copy \
             source: 5368709120",
        ));
    }
    Ok(range)
}

fn parse(header: &str) -> Option<Range<u64>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| {
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten()
    };
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then(|| Some(first..last.checked_add(1)?)).flatten()
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn a_part_that_is_copied_takes_the_right_to_read_its_source() {
        for source in ["b/other/x", "/b/other/x", "b%2Fother%2Fx", "/b/%6Fther/x"] {
            let input = UploadPartCopyRequest {
                bucket: "b".into(),
                key: "me/copy".into(),
                copy_source: source.into(),
                ..UploadPartCopyRequest::default()
            };
            let needs = needs(&input).unwrap();
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
    }

    #[test]
    fn a_range_names_bytes_that_are_there() {
        let code = |header: &str| {
            range(Some(header), 10).map_err(|error| {
                let fault = Fault::from(error);
                (fault.status().as_u16(), fault.code())
            })
        };
        assert_eq!(range(None, 10).ok(), Some(0..10));
        assert_eq!(code("bytes=0-9"), Ok(0..10));
        assert_eq!(code("bytes=9-9"), Ok(9..10));
        for header in ["bytes=0-10", "bytes=10-10", "bytes=0-99999999999"] {
            assert_eq!(code(header), Err((416, "InvalidRange")), "{header}");
        }
        for header in [
            "",
            "0-2",
            "bytes=0",
            "bytes=hello-world",
            "bytes=0-bar",
            "bytes=hello-",
            "bytes=0-2,3-5",
            "bytes=-3",
            "bytes=5-",
            "bytes=5-2",
            "bytes=+1-2",
            "bytes=0-18446744073709551615",
        ] {
            assert_eq!(code(header), Err((400, "InvalidArgument")), "{header}");
        }
    }
}
