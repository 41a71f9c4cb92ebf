use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{GetObjectAclOutput, GetObjectAclRequest};

use crate::{
    S3, acl,
    error::S3Error,
    target::{decided_bucket, existing_object_need, find_object, version_id},
};

/// [`GetObjectAcl`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html)
///
/// Access control lists are off: the bucket's owner may do everything.
pub(crate) struct GetObjectAcl(pub(crate) Arc<S3>);

impl Operation for GetObjectAcl {
    type Wire = wire::s3::GetObjectAcl;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &GetObjectAclRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![existing_object_need(
            "s3:GetObjectAcl",
            "s3:GetObjectVersionAcl",
            &input.bucket,
            &input.key,
            input.version_id.as_deref(),
        )?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<GetObjectAclOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let version_id = version_id(input.version_id.as_deref())?;
        find_object(&self.0, &request, &bucket.value, &input.key, version_id).await?;
        let owner = &bucket.value.owner;
        Ok(GetObjectAclOutput {
            grants: Some(vec![acl::full_control(owner)]),
            owner: Some(acl::owner(owner)),
            ..GetObjectAclOutput::default()
        })
    }
}
