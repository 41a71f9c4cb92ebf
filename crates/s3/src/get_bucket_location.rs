use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{GetBucketLocationOutput, GetBucketLocationRequest};

use crate::{
    create_bucket::US_EAST_1,
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`GetBucketLocation`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html)
///
/// A bucket in the first region has none.
pub(crate) struct GetBucketLocation;

impl Operation for GetBucketLocation {
    type Wire = wire::s3::GetBucketLocation;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &GetBucketLocationRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:GetBucketLocation", &input.bucket)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetBucketLocationOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let region = bucket.value.region.as_str();
        let location_constraint = (region != US_EAST_1).then(|| region.to_owned());
        Ok(GetBucketLocationOutput { location_constraint })
    }
}
