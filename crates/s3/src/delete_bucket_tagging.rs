use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use objects::Tags;
use wire::s3::DeleteBucketTaggingRequest;

use crate::{
    S3,
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`DeleteBucketTagging`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html)
pub(crate) struct DeleteBucketTagging(pub(crate) Arc<S3>);

impl Operation for DeleteBucketTagging {
    type Wire = wire::s3::DeleteBucketTagging;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &DeleteBucketTaggingRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:PutBucketTagging", &input.bucket)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        if !bucket.value.tags.is_empty() {
            let none = Tags::default();
            self.0.objects.change_bucket(bucket, |bucket| bucket.tags = none).await?;
        }
        Ok(())
    }
}
