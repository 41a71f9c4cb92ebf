use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use objects::ObjectKey;
use wire::s3::{AbortMultipartUploadOutput, AbortMultipartUploadRequest};

use crate::{S3, error::S3Error, target::decided_bucket};

/// [`AbortMultipartUpload`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html)
///
/// The parts are removed in the background, also those that are under way now.
pub(crate) struct AbortMultipartUpload(pub(crate) Arc<S3>);

impl Operation for AbortMultipartUpload {
    type Wire = wire::s3::AbortMultipartUpload;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &AbortMultipartUploadRequest) -> Result<Vec<Need>, S3Error> {
        input.key.parse::<ObjectKey>()?;
        let on = On::Object { bucket: input.bucket.clone(), key: input.key.clone() };
        let need = Need::new("s3:AbortMultipartUpload", on);
        Ok(vec![need.or_initiator_of(input.upload_id.clone())])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AbortMultipartUploadOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        if input.if_match_initiated_time.is_some() {
            // For directory buckets only, says its page.
            return Err(S3Error::NotImplemented { what: "x-amz-if-match-initiated-time" });
        }
        let key = input.key.parse()?;
        let upload = self.0.upload(&bucket.value, &key, &input.upload_id).await?;
        self.0.objects.abort_upload(bucket, &upload).await?;
        Ok(AbortMultipartUploadOutput::default())
    }
}
