use gate::{Access, Authorized, Caller, Need, Operation};
use objects::Versioning;
use wire::s3::{BucketVersioningStatus, GetBucketVersioningOutput, GetBucketVersioningRequest};

use crate::{
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`GetBucketVersioning`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html)
///
/// A bucket that never kept versions has no status.
pub(crate) struct GetBucketVersioning;

impl Operation for GetBucketVersioning {
    type Wire = wire::s3::GetBucketVersioning;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &GetBucketVersioningRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:GetBucketVersioning", &input.bucket)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetBucketVersioningOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let status = match bucket.value.versioning {
            Versioning::Off => None,
            Versioning::Enabled => Some(BucketVersioningStatus::Enabled),
            Versioning::Suspended => Some(BucketVersioningStatus::Suspended),
        };
        Ok(GetBucketVersioningOutput { status, ..GetBucketVersioningOutput::default() })
    }
}
