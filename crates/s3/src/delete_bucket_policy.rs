use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::s3::DeleteBucketPolicyRequest;

use crate::{S3, bucket_policy, error::S3Error};

/// [`DeleteBucketPolicy`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html)
///
/// That there was none is no error.
pub(crate) struct DeleteBucketPolicy(pub(crate) Arc<S3>);

impl Operation for DeleteBucketPolicy {
    type Wire = wire::s3::DeleteBucketPolicy;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &DeleteBucketPolicyRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![Need::new("s3:DeleteBucketPolicy", On::Bucket(input.bucket.clone()))])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), S3Error> {
        let input = &request.input;
        let expected_owner = input.expected_bucket_owner.as_deref();
        let bucket = bucket_policy::own_bucket(&request, &input.bucket, expected_owner)?;
        if bucket.value.policy.is_some() {
            self.0.objects.change_bucket(bucket, |bucket| bucket.policy = None).await?;
        }
        Ok(())
    }
}
