use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{BucketCannedACL, PutBucketAclRequest};

use crate::{
    acl,
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`PutBucketAcl`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html)
///
/// Access control lists are off: only the one that says so is taken.
pub(crate) struct PutBucketAcl;

impl Operation for PutBucketAcl {
    type Wire = wire::s3::PutBucketAcl;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &PutBucketAclRequest) -> Result<Vec<Need>, S3Error> {
        let need = bucket_need("s3:PutBucketAcl", &input.bucket);
        let given = [
            ("s3:x-amz-acl", input.acl.map(BucketCannedACL::as_str)),
            ("s3:x-amz-grant-full-control", input.grant_full_control.as_deref()),
            ("s3:x-amz-grant-read", input.grant_read.as_deref()),
            ("s3:x-amz-grant-read-acp", input.grant_read_acp.as_deref()),
            ("s3:x-amz-grant-write", input.grant_write.as_deref()),
            ("s3:x-amz-grant-write-acp", input.grant_write_acp.as_deref()),
        ];
        Ok(vec![acl::with_keys(need, given)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let grants = [
            &input.grant_full_control,
            &input.grant_read,
            &input.grant_read_acp,
            &input.grant_write,
            &input.grant_write_acp,
        ];
        if input.acl.is_some() || grants.into_iter().any(Option::is_some) {
            return Err(S3Error::AccessControlList);
        }
        acl::check(input.access_control_policy.as_ref(), &bucket.value.owner)
    }
}
