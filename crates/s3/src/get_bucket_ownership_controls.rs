use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{
    GetBucketOwnershipControlsOutput, GetBucketOwnershipControlsRequest, ObjectOwnership,
    OwnershipControls, OwnershipControlsRule,
};

use crate::{
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`GetBucketOwnershipControls`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html)
pub(crate) struct GetBucketOwnershipControls;

impl Operation for GetBucketOwnershipControls {
    type Wire = wire::s3::GetBucketOwnershipControls;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &GetBucketOwnershipControlsRequest,
    ) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:GetBucketOwnershipControls", &input.bucket)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetBucketOwnershipControlsOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let object_ownership = match bucket.value.object_ownership {
            Some(objects::ObjectOwnership::BucketOwnerEnforced) => {
                ObjectOwnership::BucketOwnerEnforced
            }
            None => return Err(S3Error::NoOwnershipControls { bucket: input.bucket.clone() }),
        };
        let rules = vec![OwnershipControlsRule { object_ownership }];
        let controls = OwnershipControls { rules };
        Ok(GetBucketOwnershipControlsOutput { ownership_controls: Some(controls) })
    }
}
