use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{PutObjectTaggingOutput, PutObjectTaggingRequest};

use crate::{
    S3,
    error::S3Error,
    tagging::{self, set_tags},
    target::{decided_bucket, existing_object_need, version_id},
};

/// [`PutObjectTagging`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html)
///
/// The tags replace those that there were. There is no new version by it.
pub(crate) struct PutObjectTagging(pub(crate) Arc<S3>);

impl Operation for PutObjectTagging {
    type Wire = wire::s3::PutObjectTagging;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &PutObjectTaggingRequest) -> Result<Vec<Need>, S3Error> {
        let tags = tagging::of_object(&input.tagging.tag_set)?;
        let need = existing_object_need(
            "s3:PutObjectTagging",
            "s3:PutObjectVersionTagging",
            &input.bucket,
            &input.key,
            input.version_id.as_deref(),
        )?;
        Ok(vec![need.with_object_tags(tags.iter())])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<PutObjectTaggingOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let tags = tagging::of_object(&input.tagging.tag_set)?;
        let version_id = version_id(input.version_id.as_deref())?;
        let version_id = set_tags(&self.0, &request, bucket, &input.key, version_id, &tags).await?;
        Ok(PutObjectTaggingOutput { version_id })
    }
}
