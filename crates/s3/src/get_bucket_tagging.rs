use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{GetBucketTaggingOutput, GetBucketTaggingRequest};

use crate::{
    error::S3Error,
    tagging,
    target::{bucket_need, decided_bucket},
};

/// [`GetBucketTagging`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html)
pub(crate) struct GetBucketTagging;

impl Operation for GetBucketTagging {
    type Wire = wire::s3::GetBucketTagging;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &GetBucketTaggingRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:GetBucketTagging", &input.bucket)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetBucketTaggingOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        if bucket.value.tags.is_empty() {
            return Err(S3Error::NoSuchTagSet { bucket: input.bucket.clone() });
        }
        Ok(GetBucketTaggingOutput { tag_set: tagging::shown(&bucket.value.tags) })
    }
}
