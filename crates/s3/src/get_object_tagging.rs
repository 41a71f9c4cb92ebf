use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{GetObjectTaggingOutput, GetObjectTaggingRequest};

use crate::{
    S3,
    error::S3Error,
    tagging,
    target::{decided_bucket, existing_object_need, find_object, shown_version, version_id},
};

/// [`GetObjectTagging`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html)
pub(crate) struct GetObjectTagging(pub(crate) Arc<S3>);

impl Operation for GetObjectTagging {
    type Wire = wire::s3::GetObjectTagging;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &GetObjectTaggingRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![existing_object_need(
            "s3:GetObjectTagging",
            "s3:GetObjectVersionTagging",
            &input.bucket,
            &input.key,
            input.version_id.as_deref(),
        )?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetObjectTaggingOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let version_id = version_id(input.version_id.as_deref())?;
        let object = find_object(&self.0, &request, &bucket.value, &input.key, version_id).await?;
        Ok(GetObjectTaggingOutput {
            tag_set: tagging::shown_of_object(&object.value.tags),
            version_id: shown_version(&bucket.value, object.value.version_id),
        })
    }
}
