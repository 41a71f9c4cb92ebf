use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{
    GetPublicAccessBlockOutput, GetPublicAccessBlockRequest, PublicAccessBlockConfiguration,
};

use crate::{
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`GetPublicAccessBlock`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html)
pub(crate) struct GetPublicAccessBlock;

impl Operation for GetPublicAccessBlock {
    type Wire = wire::s3::GetPublicAccessBlock;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &GetPublicAccessBlockRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:GetBucketPublicAccessBlock", &input.bucket)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetPublicAccessBlockOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let Some(block) = bucket.value.public_access_block else {
            return Err(S3Error::NoSuchPublicAccessBlock { bucket: input.bucket.clone() });
        };
        let configuration = PublicAccessBlockConfiguration {
            block_public_acls: Some(block.block_public_acls),
            ignore_public_acls: Some(block.ignore_public_acls),
            block_public_policy: Some(block.block_public_policy),
            restrict_public_buckets: Some(block.restrict_public_buckets),
        };
        Ok(GetPublicAccessBlockOutput { public_access_block_configuration: Some(configuration) })
    }
}
