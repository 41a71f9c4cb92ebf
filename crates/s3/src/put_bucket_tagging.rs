use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::PutBucketTaggingRequest;

use crate::{
    S3,
    error::S3Error,
    tagging,
    target::{bucket_need, decided_bucket},
};

/// [`PutBucketTagging`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html)
///
/// The tags replace those that there were.
pub(crate) struct PutBucketTagging(pub(crate) Arc<S3>);

impl Operation for PutBucketTagging {
    type Wire = wire::s3::PutBucketTagging;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &PutBucketTaggingRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:PutBucketTagging", &input.bucket)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let tags = tagging::of_bucket(&input.tagging.tag_set)?;
        self.0.objects.change_bucket(bucket, |bucket| bucket.tags = tags).await?;
        Ok(())
    }
}
