use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use types::Timestamp;
use wire::{
    post_object::{PostObjectOutput, PostObjectRequest},
    s3::PutObjectRequest,
};

use crate::{
    S3,
    error::S3Error,
    post_policy::{ContentLengthRange, PostPolicy},
    put_object::{needs_of_put, put},
    upload_body::{Announced, announced},
};

/// [`POST Object`](https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html): the upload by an
/// HTML form.
///
/// It is decided as the `PutObject` of the same object by whoever signed the form's policy. What the
/// policy does not let be uploaded is refused before.
pub(crate) struct PostObject(pub(crate) Arc<S3>);

/// What a form uploads, after its policy was asked.
struct Upload {
    object: PutObjectRequest,
    length: Option<ContentLengthRange>,
}

impl Upload {
    /// # Errors
    /// The policy cannot be read or does not let this form be sent, or the form is none of an object.
    fn of(request: &PostObjectRequest, now: Timestamp) -> Result<Self, S3Error> {
        // Told before what a policy says of it.
        request.key()?;
        let length = match request.form.field("policy") {
            Some(policy) => {
                PostPolicy::parse(policy)?.check(&request.form, &request.bucket, now)?
            }
            None => None,
        };
        Ok(Self { object: request.object()?, length })
    }
}

impl Operation for PostObject {
    type Wire = wire::post_object::PostObject;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &PostObjectRequest) -> Result<Vec<Need>, S3Error> {
        needs_of_put(&Upload::of(input, self.0.clock.now())?.object)
    }

    async fn handle(
        &self,
        mut request: Authorized<Self::Wire>,
    ) -> Result<PostObjectOutput, S3Error> {
        let body = request.take_body();
        let upload = Upload::of(&request.input, self.0.clock.now())?;
        let announced =
            Announced { length: upload.length, ..announced!(upload.object, request.caller()) };
        announced.check_checksums()?;
        let object = put(&self.0, &request, &upload.object, body, announced).await?;
        let PutObjectRequest { bucket, key, .. } = upload.object;
        Ok(PostObjectOutput { bucket, key, object, action: request.input.action() })
    }
}
