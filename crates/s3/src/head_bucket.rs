use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::s3::{HeadBucketOutput, HeadBucketRequest};

use crate::{error::S3Error, target::decided_bucket};

/// [`HeadBucket`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html)
pub(crate) struct HeadBucket;

impl Operation for HeadBucket {
    type Wire = wire::s3::HeadBucket;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &HeadBucketRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![Need::new("s3:ListBucket", On::Bucket(input.bucket.clone()))])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<HeadBucketOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        Ok(HeadBucketOutput {
            access_point_alias: Some(false),
            bucket_region: Some(bucket.value.region.to_string()),
            ..HeadBucketOutput::default()
        })
    }
}
