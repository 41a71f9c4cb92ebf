use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use objects::Tags;
use wire::s3::{DeleteObjectTaggingOutput, DeleteObjectTaggingRequest};

use crate::{
    S3,
    error::S3Error,
    tagging::set_tags,
    target::{decided_bucket, existing_object_need, version_id},
};

/// [`DeleteObjectTagging`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html)
pub(crate) struct DeleteObjectTagging(pub(crate) Arc<S3>);

impl Operation for DeleteObjectTagging {
    type Wire = wire::s3::DeleteObjectTagging;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &DeleteObjectTaggingRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![existing_object_need(
            "s3:DeleteObjectTagging",
            "s3:DeleteObjectVersionTagging",
            &input.bucket,
            &input.key,
            input.version_id.as_deref(),
        )?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DeleteObjectTaggingOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let version_id = version_id(input.version_id.as_deref())?;
        let none = Tags::default();
        let version_id = set_tags(&self.0, &request, bucket, &input.key, version_id, &none).await?;
        Ok(DeleteObjectTaggingOutput { version_id })
    }
}
