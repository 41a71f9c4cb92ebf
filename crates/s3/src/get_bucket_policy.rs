use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::s3::{GetBucketPolicyOutput, GetBucketPolicyRequest};

use crate::{bucket_policy, error::S3Error};

/// [`GetBucketPolicy`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html)
pub(crate) struct GetBucketPolicy;

impl Operation for GetBucketPolicy {
    type Wire = wire::s3::GetBucketPolicy;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &GetBucketPolicyRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![Need::new("s3:GetBucketPolicy", On::Bucket(input.bucket.clone()))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetBucketPolicyOutput, S3Error> {
        let input = &request.input;
        let expected_owner = input.expected_bucket_owner.as_deref();
        let bucket = bucket_policy::own_bucket(&request, &input.bucket, expected_owner)?;
        match &bucket.value.policy {
            Some(policy) => Ok(GetBucketPolicyOutput { policy: Some(policy.clone()) }),
            None => Err(S3Error::NoSuchBucketPolicy { bucket: input.bucket.clone() }),
        }
    }
}
