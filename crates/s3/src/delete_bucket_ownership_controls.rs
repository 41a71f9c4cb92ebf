use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::DeleteBucketOwnershipControlsRequest;

use crate::{
    S3,
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`DeleteBucketOwnershipControls`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html)
///
/// The setting is forgotten; access control lists stay off.
pub(crate) struct DeleteBucketOwnershipControls(pub(crate) Arc<S3>);

impl Operation for DeleteBucketOwnershipControls {
    type Wire = wire::s3::DeleteBucketOwnershipControls;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &DeleteBucketOwnershipControlsRequest,
    ) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:PutBucketOwnershipControls", &input.bucket)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        if bucket.value.object_ownership.is_some() {
            let objects = &self.0.objects;
            objects.change_bucket(bucket, |bucket| bucket.object_ownership = None).await?;
        }
        Ok(())
    }
}
