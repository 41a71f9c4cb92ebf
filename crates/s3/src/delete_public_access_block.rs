use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::DeletePublicAccessBlockRequest;

use crate::{
    S3,
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`DeletePublicAccessBlock`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html)
///
/// That nothing was said before is no error.
pub(crate) struct DeletePublicAccessBlock(pub(crate) Arc<S3>);

impl Operation for DeletePublicAccessBlock {
    type Wire = wire::s3::DeletePublicAccessBlock;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &DeletePublicAccessBlockRequest,
    ) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:PutBucketPublicAccessBlock", &input.bucket)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        if bucket.value.public_access_block.is_some() {
            let objects = &self.0.objects;
            objects.change_bucket(bucket, |bucket| bucket.public_access_block = None).await?;
        }
        Ok(())
    }
}
