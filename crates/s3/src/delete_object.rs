use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use objects::ObjectKey;
use wire::s3::{DeleteObjectOutput, DeleteObjectRequest};

use crate::{
    S3,
    error::S3Error,
    target::{check_version_id, decided_bucket, object_need},
};

/// [`DeleteObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html)
///
/// That there was nothing under the key is no error.
pub(crate) struct DeleteObject(pub(crate) Arc<S3>);

impl Operation for DeleteObject {
    type Wire = wire::s3::DeleteObject;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &DeleteObjectRequest) -> Result<Vec<Need>, S3Error> {
        input.key.parse::<ObjectKey>()?;
        Ok(vec![object_need(
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            &input.bucket,
            &input.key,
            input.version_id.as_deref(),
        )])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<DeleteObjectOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        check(input)?;
        self.0.objects.delete_object(bucket, &input.key.parse()?).await?;
        Ok(DeleteObjectOutput::default())
    }
}

/// Refuses what would make the deletion conditional, or override a lock.
fn check(input: &DeleteObjectRequest) -> Result<(), S3Error> {
    check_version_id(input.version_id.as_deref())?;
    let not_implemented = |what| Err(S3Error::NotImplemented { what });
    if input.if_match.is_some()
        || input.if_match_last_modified_time.is_some()
        || input.if_match_size.is_some()
    {
        return not_implemented("a conditional DeleteObject");
    }
    if input.bypass_governance_retention == Some(true) {
        return not_implemented("Object Lock");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_refused_and_never_ignored() {
        let plain = DeleteObjectRequest::default();
        assert!(check(&plain).is_ok());
        for input in [
            DeleteObjectRequest { if_match: Some("\"a\"".into()), ..plain.clone() },
            DeleteObjectRequest { if_match_size: Some(1), ..plain.clone() },
            DeleteObjectRequest { bypass_governance_retention: Some(true), ..plain.clone() },
            DeleteObjectRequest { version_id: Some("v1".into()), ..plain.clone() },
        ] {
            assert!(check(&input).is_err(), "{input:?}");
        }
    }
}
