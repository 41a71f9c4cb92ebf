use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{GetBucketAclOutput, GetBucketAclRequest};

use crate::{
    acl,
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`GetBucketAcl`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html)
///
/// Access control lists are off: the owner may do everything.
pub(crate) struct GetBucketAcl;

impl Operation for GetBucketAcl {
    type Wire = wire::s3::GetBucketAcl;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &GetBucketAclRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:GetBucketAcl", &input.bucket)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<GetBucketAclOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let owner = &bucket.value.owner;
        Ok(GetBucketAclOutput {
            grants: Some(vec![acl::full_control(owner)]),
            owner: Some(acl::owner(owner)),
        })
    }
}
