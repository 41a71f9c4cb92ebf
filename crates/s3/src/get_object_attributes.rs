use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use objects::ObjectPart;
use wire::s3::{
    Checksum, GetObjectAttributesOutput, GetObjectAttributesParts, GetObjectAttributesRequest,
    ObjectAttributes,
};

use crate::{
    S3,
    checksums::ChecksumMembers,
    error::S3Error,
    list_parts::max_parts,
    target::{decided_bucket, existing_object_need, find_object, shown_version, version_id},
    uploads::marker,
    write_options::STANDARD,
};

/// [`GetObjectAttributes`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html)
pub(crate) struct GetObjectAttributes(pub(crate) Arc<S3>);

impl Operation for GetObjectAttributes {
    type Wire = wire::s3::GetObjectAttributes;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    /// It takes the right to read the object besides the one that has its name.
    fn needs(&self, _: &Caller, input: &GetObjectAttributesRequest) -> Result<Vec<Need>, S3Error> {
        let need = |plain, of_version| {
            let version_id = input.version_id.as_deref();
            existing_object_need(plain, of_version, &input.bucket, &input.key, version_id)
        };
        Ok(vec![
            need("s3:GetObject", "s3:GetObjectVersion")?,
            need("s3:GetObjectAttributes", "s3:GetObjectVersionAttributes")?,
        ])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetObjectAttributesOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let bucket = &bucket.value;
        let version = version_id(input.version_id.as_deref())?;
        if input.sse_customer_algorithm.is_some()
            || input.sse_customer_key.is_some()
            || input.sse_customer_key_md5.is_some()
        {
            return Err(S3Error::InvalidRequest(
                "The encryption parameters are not applicable to this object.",
            ));
        }
        let object = find_object(&self.0, &request, bucket, &input.key, version).await?.value;
        let asked = |attribute| input.object_attributes.contains(&attribute);
        let parts = if asked(ObjectAttributes::ObjectParts) {
            self.0.objects.parts_of(&object).await?.map(|all| parts(input, &all)).transpose()?
        } else {
            None
        };
        let checksum = asked(ObjectAttributes::Checksum) && !object.checksums.is_empty();
        let checksum = checksum.then(|| {
            let members = ChecksumMembers::of_object(&object);
            Checksum {
                checksum_crc32: members.crc32,
                checksum_crc32_c: members.crc32c,
                checksum_crc64_nvme: members.crc64_nvme,
                checksum_sha1: members.sha1,
                checksum_sha256: members.sha256,
                checksum_type: members.kind,
                ..Checksum::default()
            }
        });
        // Here, and only here, the tag has no quotes.
        let e_tag = object.etag.as_str().trim_matches('"').to_owned();
        Ok(GetObjectAttributesOutput {
            last_modified: Some(object.last_modified),
            version_id: shown_version(bucket, object.version_id),
            e_tag: asked(ObjectAttributes::ETag).then_some(e_tag),
            checksum,
            object_parts: parts,
            object_size: asked(ObjectAttributes::ObjectSize)
                .then(|| i64::try_from(object.size).ok())
                .flatten(),
            storage_class: asked(ObjectAttributes::StorageClass).then(|| STANDARD.to_owned()),
            ..GetObjectAttributesOutput::default()
        })
    }
}

/// The page of parts that is asked for.
fn parts(
    input: &GetObjectAttributesRequest,
    all: &[ObjectPart],
) -> Result<GetObjectAttributesParts, S3Error> {
    let max_parts = max_parts(input.max_parts)?;
    let after = marker(input.part_number_marker)?;
    let limit = usize::try_from(max_parts).unwrap_or_default();
    let behind = || all.iter().filter(|part| after.is_none_or(|after| part.number > after));
    let page: Vec<_> = behind().take(limit).map(on_wire).collect();
    let last = page.last().and_then(|part: &wire::s3::ObjectPart| part.part_number);
    Ok(GetObjectAttributesParts {
        total_parts_count: i32::try_from(all.len()).ok(),
        part_number_marker: Some(input.part_number_marker.unwrap_or_default()),
        next_part_number_marker: Some(last.unwrap_or_default()),
        max_parts: Some(max_parts),
        is_truncated: Some(behind().nth(limit).is_some()),
        parts: Some(page),
    })
}

fn on_wire(part: &ObjectPart) -> wire::s3::ObjectPart {
    let checksums = ChecksumMembers::of_part(&part.checksum);
    wire::s3::ObjectPart {
        part_number: Some(part.number.get().into()),
        size: i64::try_from(part.range.end - part.range.start).ok(),
        checksum_crc32: checksums.crc32,
        checksum_crc32_c: checksums.crc32c,
        checksum_crc64_nvme: checksums.crc64_nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
        ..wire::s3::ObjectPart::default()
    }
}
