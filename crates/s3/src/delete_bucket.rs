use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::s3::DeleteBucketRequest;

use crate::{S3, error::S3Error, target::decided_bucket};

/// [`DeleteBucket`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html)
pub(crate) struct DeleteBucket(pub(crate) Arc<S3>);

impl Operation for DeleteBucket {
    type Wire = wire::s3::DeleteBucket;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &DeleteBucketRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![Need::new("s3:DeleteBucket", On::Bucket(input.bucket.clone()))])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        Ok(self.0.objects.delete_bucket(bucket).await?)
    }
}
