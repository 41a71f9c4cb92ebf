use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::s3::PutBucketPolicyRequest;

use crate::{S3, bucket_policy, error::S3Error};

/// [`PutBucketPolicy`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html)
///
/// A policy that is public is refused as long as the bucket blocks such: S3 User Guide, *Blocking public
/// access to your Amazon S3 storage*, `BlockPublicPolicy`.
pub(crate) struct PutBucketPolicy(pub(crate) Arc<S3>);

impl Operation for PutBucketPolicy {
    type Wire = wire::s3::PutBucketPolicy;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &PutBucketPolicyRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![Need::new("s3:PutBucketPolicy", On::Bucket(input.bucket.clone()))])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), S3Error> {
        let input = &request.input;
        let expected_owner = input.expected_bucket_owner.as_deref();
        let bucket = bucket_policy::own_bucket(&request, &input.bucket, expected_owner)?;
        let policy = bucket_policy::check(&input.policy, &input.bucket)?;
        for arn in bucket_policy::named(&policy) {
            if !request
                .is_there(arn)
                .await
                .map_err(|error| S3Error::Directory(error.to_string()))?
            {
                return Err(S3Error::MalformedPolicy("Invalid principal in policy".to_owned()));
            }
        }
        let block = bucket.value.public_access_block.unwrap_or_default();
        if block.block_public_policy && policy.is_public() {
            let principal = request.caller().principal.display_arn();
            return Err(S3Error::PublicPolicy { principal, bucket: input.bucket.clone() });
        }
        let policy = Some(input.policy.clone());
        self.0.objects.change_bucket(bucket, |bucket| bucket.policy = policy).await?;
        Ok(())
    }
}
