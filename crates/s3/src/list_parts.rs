use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use objects::{ObjectKey, PartPage};
use wire::s3::{ListPartsOutput, ListPartsRequest, Part};

use crate::{
    S3,
    checksums::{self, ChecksumMembers, type_on_wire},
    error::S3Error,
    target::decided_bucket,
    uploads::{PARTS_MAX, marker, on_wire, owner_of, page_size},
    write_options::STANDARD,
};

/// [`ListParts`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html)
pub(crate) struct ListParts(pub(crate) Arc<S3>);

impl Operation for ListParts {
    type Wire = wire::s3::ListParts;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &ListPartsRequest) -> Result<Vec<Need>, S3Error> {
        input.key.parse::<ObjectKey>()?;
        let on = On::Object { bucket: input.bucket.clone(), key: input.key.clone() };
        let need = Need::new("s3:ListMultipartUploadParts", on);
        Ok(vec![need.or_initiator_of(input.upload_id.clone())])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<ListPartsOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        if input.sse_customer_algorithm.is_some()
            || input.sse_customer_key.is_some()
            || input.sse_customer_key_md5.is_some()
        {
            return Err(S3Error::NotImplemented { what: "encryption with customer-provided keys" });
        }
        let key = input.key.parse()?;
        let upload = self.0.upload(&bucket.value, &key, &input.upload_id).await?.value;
        let after = marker(input.part_number_marker)?;
        let max_parts = max_parts(input.max_parts)?;
        let page = match usize::try_from(max_parts) {
            Ok(0) | Err(_) => PartPage::default(),
            Ok(limit) => self.0.objects.parts(upload.id, after, limit).await?,
        };
        let last = page.parts.last().map(|part| i32::from(part.number.get()));
        let part = |part: &objects::Part| {
            let checksums = match upload.checksum {
                Some(_) => ChecksumMembers::of_part(&part.checksum),
                None => ChecksumMembers::default(),
            };
            Part {
                part_number: Some(part.number.get().into()),
                e_tag: Some(part.etag().to_string()),
                size: i64::try_from(part.size).ok(),
                last_modified: Some(part.last_modified),
                checksum_crc32: checksums.crc32,
                checksum_crc32_c: checksums.crc32c,
                checksum_crc64_nvme: checksums.crc64_nvme,
                checksum_sha1: checksums.sha1,
                checksum_sha256: checksums.sha256,
                ..Part::default()
            }
        };
        Ok(ListPartsOutput {
            bucket: Some(input.bucket.clone()),
            key: Some(input.key.clone()),
            upload_id: Some(input.upload_id.clone()),
            initiator: Some(on_wire(&upload.initiator)),
            owner: Some(owner_of(&bucket.value)),
            storage_class: Some(STANDARD.to_owned()),
            checksum_algorithm: upload.checksum.map(|sum| checksums::on_wire(sum.algorithm)),
            checksum_type: upload.checksum.map(|sum| type_on_wire(sum.checksum_type)),
            part_number_marker: Some(input.part_number_marker.unwrap_or_default()),
            next_part_number_marker: Some(last.unwrap_or_default()),
            max_parts: Some(max_parts),
            is_truncated: Some(page.more),
            parts: Some(page.parts.iter().map(part).collect()),
            ..ListPartsOutput::default()
        })
    }
}

/// How many parts at most.
pub(crate) fn max_parts(asked: Option<i32>) -> Result<i32, S3Error> {
    let message = "Argument max-parts must be an integer between 0 and 2147483647";
    page_size("max-parts", asked, PARTS_MAX, message)
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn the_number_of_parts_is_bounded() {
        for (asked, expected) in [(None, 1000), (Some(0), 0), (Some(7), 7), (Some(5000), 1000)] {
            assert_eq!(max_parts(asked).unwrap(), expected);
        }
        let fault: Fault = max_parts(Some(-1)).unwrap_err().into();
        assert_eq!((fault.code(), fault.status().as_u16()), ("InvalidArgument", 400));
    }
}
