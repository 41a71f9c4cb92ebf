use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation, Principal};
use objects::{NewUpload, ObjectKey};
use wire::s3::{CreateMultipartUploadOutput, CreateMultipartUploadRequest};

use crate::{
    S3,
    checksums::{on_wire, type_on_wire, upload_checksum},
    error::S3Error,
    tagging,
    target::decided_bucket,
    uploads::initiator_of,
    write_options::{AttributesOf, WriteOptions},
};

/// [`CreateMultipartUpload`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html)
///
/// What the object will have is said here; it is there when the upload is completed.
pub(crate) struct CreateMultipartUpload(pub(crate) Arc<S3>);

impl Operation for CreateMultipartUpload {
    type Wire = wire::s3::CreateMultipartUpload;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &CreateMultipartUploadRequest,
    ) -> Result<Vec<Need>, S3Error> {
        if matches!(caller.principal, Principal::Anonymous) {
            // An upload has an initiator. Source: S3 API Reference, `CreateMultipartUpload`.
            return Err(S3Error::AccessDenied);
        }
        input.key.parse::<ObjectKey>()?;
        let on = On::Object { bucket: input.bucket.clone(), key: input.key.clone() };
        let begin = WriteOptions::from(input).add_keys(Need::new("s3:PutObject", on));
        Ok(tagging::needs_of_write(begin, &tagging::of_header(input.tagging.as_deref())?))
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateMultipartUploadOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        WriteOptions::from(input).check()?;
        let checksum = upload_checksum(input.checksum_algorithm, input.checksum_type)?;
        let initiator = initiator_of(request.caller());
        let (key, attributes) = (input.key.parse()?, input.attributes());
        let tags = tagging::of_header(input.tagging.as_deref())?;
        let new = NewUpload { key, initiator, attributes, tags, checksum };
        let upload = self.0.objects.create_upload(bucket, new).await?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(input.bucket.clone()),
            key: Some(input.key.clone()),
            upload_id: Some(upload.value.id.to_string()),
            checksum_algorithm: checksum.map(|checksum| on_wire(checksum.algorithm)),
            checksum_type: checksum.map(|checksum| type_on_wire(checksum.checksum_type)),
            ..CreateMultipartUploadOutput::default()
        })
    }
}
