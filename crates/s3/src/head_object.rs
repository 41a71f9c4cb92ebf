use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{GetObjectOutput, GetObjectRequest, HeadObjectOutput, HeadObjectRequest};

use crate::{S3, error::S3Error, get_object::get_needs, retrieval::retrieve};

/// [`HeadObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html): `GetObject`
/// without the body, and with its permissions.
pub(crate) struct HeadObject(pub(crate) Arc<S3>);

impl Operation for HeadObject {
    type Wire = wire::s3::HeadObject;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &HeadObjectRequest) -> Result<Vec<Need>, S3Error> {
        get_needs(&input.bucket, &input.key, input.version_id.as_deref())
    }

    async fn handle(
        &self,
        mut request: Authorized<Self::Wire>,
    ) -> Result<HeadObjectOutput, S3Error> {
        let input = as_get(std::mem::take(&mut request.input));
        let found = retrieve(&self.0, &request, &input).await?;
        Ok(without_body(found.output))
    }
}

fn as_get(input: HeadObjectRequest) -> GetObjectRequest {
    GetObjectRequest {
        bucket: input.bucket,
        checksum_mode: input.checksum_mode,
        expected_bucket_owner: input.expected_bucket_owner,
        if_match: input.if_match,
        if_modified_since: input.if_modified_since,
        if_none_match: input.if_none_match,
        if_range: input.if_range,
        if_unmodified_since: input.if_unmodified_since,
        key: input.key,
        part_number: input.part_number,
        range: input.range,
        request_payer: input.request_payer,
        response_cache_control: input.response_cache_control,
        response_content_disposition: input.response_content_disposition,
        response_content_encoding: input.response_content_encoding,
        response_content_language: input.response_content_language,
        response_content_type: input.response_content_type,
        response_expires: input.response_expires,
        sse_customer_algorithm: input.sse_customer_algorithm,
        sse_customer_key: input.sse_customer_key,
        sse_customer_key_md5: input.sse_customer_key_md5,
        version_id: input.version_id,
    }
}

/// The members that `retrieval` fills in.
fn without_body(output: GetObjectOutput) -> HeadObjectOutput {
    HeadObjectOutput {
        accept_ranges: output.accept_ranges,
        cache_control: output.cache_control,
        checksum_crc32: output.checksum_crc32,
        checksum_crc32_c: output.checksum_crc32_c,
        checksum_crc64_nvme: output.checksum_crc64_nvme,
        checksum_sha1: output.checksum_sha1,
        checksum_sha256: output.checksum_sha256,
        checksum_type: output.checksum_type,
        content_disposition: output.content_disposition,
        content_encoding: output.content_encoding,
        content_language: output.content_language,
        content_length: output.content_length,
        content_range: output.content_range,
        content_type: output.content_type,
        e_tag: output.e_tag,
        expires: output.expires,
        last_modified: output.last_modified,
        metadata: output.metadata,
        parts_count: output.parts_count,
        tag_count: output.tag_count,
        version_id: output.version_id,
        ..HeadObjectOutput::default()
    }
}
