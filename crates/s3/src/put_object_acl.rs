use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{ObjectCannedACL, PutObjectAclOutput, PutObjectAclRequest};

use crate::{
    S3, acl,
    error::S3Error,
    target::{decided_bucket, existing_object_need, find_object, version_id},
};

/// [`PutObjectAcl`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html)
///
/// Access control lists are off: only the one that says so is taken.
pub(crate) struct PutObjectAcl(pub(crate) Arc<S3>);

impl Operation for PutObjectAcl {
    type Wire = wire::s3::PutObjectAcl;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &PutObjectAclRequest) -> Result<Vec<Need>, S3Error> {
        let need = existing_object_need(
            "s3:PutObjectAcl",
            "s3:PutObjectVersionAcl",
            &input.bucket,
            &input.key,
            input.version_id.as_deref(),
        )?;
        let given = [
            ("s3:x-amz-acl", input.acl.map(ObjectCannedACL::as_str)),
            ("s3:x-amz-grant-full-control", input.grant_full_control.as_deref()),
            ("s3:x-amz-grant-read", input.grant_read.as_deref()),
            ("s3:x-amz-grant-read-acp", input.grant_read_acp.as_deref()),
            ("s3:x-amz-grant-write", input.grant_write.as_deref()),
            ("s3:x-amz-grant-write-acp", input.grant_write_acp.as_deref()),
        ];
        Ok(vec![acl::with_keys(need, given)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<PutObjectAclOutput, S3Error> {
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
        let granted = grants.into_iter().any(Option::is_some);
        match input.acl {
            None if !granted => {
                acl::check(input.access_control_policy.as_ref(), &bucket.value.owner)?;
            }
            Some(ObjectCannedACL::BucketOwnerFullControl) if !granted => {}
            _ => return Err(S3Error::AccessControlList),
        }
        let version_id = version_id(input.version_id.as_deref())?;
        find_object(&self.0, &request, &bucket.value, &input.key, version_id).await?;
        Ok(PutObjectAclOutput::default())
    }
}
