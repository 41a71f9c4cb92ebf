use gate::{Access, Authorized, Caller, Need, Operation};
use iam::{Policy, PolicyKind};
use wire::s3::{GetBucketPolicyStatusOutput, GetBucketPolicyStatusRequest, PolicyStatus};

use crate::{
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`GetBucketPolicyStatus`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html)
///
/// Source: S3 User Guide, *Blocking public access to your Amazon S3 storage*, *The meaning of "public"*.
pub(crate) struct GetBucketPolicyStatus;

impl Operation for GetBucketPolicyStatus {
    type Wire = wire::s3::GetBucketPolicyStatus;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &GetBucketPolicyStatusRequest,
    ) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:GetBucketPolicyStatus", &input.bucket)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetBucketPolicyStatusOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let Some(policy) = &bucket.value.policy else {
            return Err(S3Error::NoSuchBucketPolicy { bucket: input.bucket.clone() });
        };
        let policy = Policy::parse(policy, PolicyKind::Resource)
            .map_err(|error| S3Error::MalformedPolicy(error.to_string()))?;
        let is_public = Some(policy.is_public());
        Ok(GetBucketPolicyStatusOutput { policy_status: Some(PolicyStatus { is_public }) })
    }
}
