use std::sync::Arc;

use futures_util::{StreamExt, stream};
use gate::{Access, Authorized, Caller, Need, Operation};
use objects::{Bucket, Deleted, Versioned, WriteError};
use wire::{
    Fault,
    s3::{DeleteObjectsOutput, DeleteObjectsRequest, DeletedObject, ObjectIdentifier},
};

use crate::{
    S3,
    delete_object::{conditions_of, needs_of_deletion},
    error::S3Error,
    target::{decided_bucket, shown_version, unmet, version_id},
};

/// The most objects that one request deletes.
///
/// Source: S3 API Reference, `DeleteObjects`.
const OBJECTS_MAX: usize = 1000;

/// How many are deleted at once, so that they share commits.
const AT_ONCE: usize = 64;

/// [`DeleteObjects`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)
///
/// Each is decided by itself: who may not delete one is told so of that one, and the others go.
pub(crate) struct DeleteObjects(pub(crate) Arc<S3>);

impl Operation for DeleteObjects {
    type Wire = wire::s3::DeleteObjects;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &DeleteObjectsRequest) -> Result<Vec<Need>, S3Error> {
        // Refused before anything is decided, so that no more than so much is.
        if input.delete.objects.is_empty() || input.delete.objects.len() > OBJECTS_MAX {
            return Err(S3Error::MalformedXml);
        }
        Ok(Vec::new())
    }

    fn parts(&self, _: &Caller, input: &DeleteObjectsRequest) -> Result<Vec<Need>, S3Error> {
        let needs = input.delete.objects.iter().map(|object| needs(input, object));
        // What cannot be named cannot be decided; it is told of as itself.
        Ok(needs.filter_map(Result::ok).flatten().collect())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DeleteObjectsOutput, S3Error> {
        let input = &request.input;
        check(input)?;
        let owner = input.expected_bucket_owner.as_deref();
        // If nothing at all may be deleted, no bucket was decided on either.
        let bucket = match decided_bucket(&request, &input.bucket, owner) {
            Err(S3Error::NoSuchBucket { .. }) => None,
            bucket => Some(bucket?),
        };
        let mut verdicts = request.parts().iter();
        let mut deletions = Vec::with_capacity(input.delete.objects.len());
        for object in &input.delete.objects {
            let verdict = verdict(input, object, &mut verdicts);
            deletions.push(self.delete_if(verdict, &request, bucket, object));
        }
        let mut outcomes = stream::iter(deletions).buffered(AT_ONCE);
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        while let Some((object, outcome)) = outcomes.next().await {
            match outcome {
                Ok(done) => deleted.push(done),
                Err(error) => errors.push(told(object, error)),
            }
        }
        let quiet = input.delete.quiet == Some(true);
        Ok(DeleteObjectsOutput {
            deleted: (!quiet).then_some(deleted),
            errors: Some(errors),
            ..DeleteObjectsOutput::default()
        })
    }
}

impl DeleteObjects {
    /// Deletes one of them, if the caller may.
    async fn delete_if<'a>(
        &self,
        verdict: Result<(), S3Error>,
        request: &Authorized<wire::s3::DeleteObjects>,
        bucket: Option<&Versioned<Bucket>>,
        object: &'a ObjectIdentifier,
    ) -> (&'a ObjectIdentifier, Result<DeletedObject, S3Error>) {
        let outcome = match (verdict, bucket) {
            (Ok(()), Some(bucket)) => self.delete(request, bucket, object).await,
            (Ok(()), None) => Err(S3Error::AccessDenied),
            (Err(error), _) => Err(error),
        };
        (object, outcome)
    }

    async fn delete(
        &self,
        request: &Authorized<wire::s3::DeleteObjects>,
        bucket: &Versioned<Bucket>,
        object: &ObjectIdentifier,
    ) -> Result<DeletedObject, S3Error> {
        let key = object.key.parse()?;
        let version = version_id(object.version_id.as_deref())?;
        let conditions = conditions(object)?;
        let objects = &self.0.objects;
        let deleted = match version {
            None => objects.delete_object(bucket, &key, &conditions).await,
            Some(id) => objects.delete_version(bucket, &key, id, &conditions).await,
        };
        let deleted = match deleted {
            Err(WriteError::ConditionFailed { .. }) => {
                return Err(unmet(&self.0, request, &bucket.value, &object.key).await);
            }
            deleted => deleted?,
        };
        let (key, version_id) = (Some(object.key.clone()), object.version_id.clone());
        let plain = DeletedObject { key, version_id, ..DeletedObject::default() };
        Ok(match deleted {
            Deleted::Nothing | Deleted::Version { delete_marker: false, .. } => plain,
            Deleted::Version { version_id, delete_marker: true } => DeletedObject {
                delete_marker: Some(true),
                delete_marker_version_id: Some(version_id.to_string()),
                ..plain
            },
            Deleted::Marked { version_id } => DeletedObject {
                delete_marker: Some(true),
                delete_marker_version_id: shown_version(&bucket.value, version_id),
                ..plain
            },
        })
    }
}

fn conditions(object: &ObjectIdentifier) -> Result<Vec<objects::Condition>, S3Error> {
    conditions_of(object.e_tag.as_deref(), object.size, object.last_modified_time)
}

/// What it takes to delete one of them.
fn needs(input: &DeleteObjectsRequest, object: &ObjectIdentifier) -> Result<Vec<Need>, S3Error> {
    let (version_id, tag) = (object.version_id.as_deref(), object.e_tag.as_deref());
    let bypass = input.bypass_governance_retention == Some(true);
    needs_of_deletion(&input.bucket, &object.key, version_id, tag, &conditions(object)?, bypass)
}

/// The verdict on one of them, of those that were given on all needs in their order.
fn verdict<'a>(
    input: &DeleteObjectsRequest,
    object: &ObjectIdentifier,
    verdicts: &mut impl Iterator<Item = &'a Result<(), Fault>>,
) -> Result<(), S3Error> {
    let mut outcome = Ok(());
    for _ in needs(input, object)? {
        match verdicts.next() {
            Some(Ok(())) => {}
            Some(Err(fault)) => outcome = Err(S3Error::Wire(fault.clone())),
            None => outcome = Err(S3Error::AccessDenied),
        }
    }
    outcome
}

/// What is said of one that was not deleted.
fn told(object: &ObjectIdentifier, error: S3Error) -> wire::s3::Error {
    let fault = Fault::from(error);
    wire::s3::Error {
        code: Some(fault.code().to_owned()),
        key: Some(object.key.clone()),
        message: Some(fault.message().to_owned()),
        version_id: object.version_id.clone(),
    }
}

/// Refuses what needs a second factor.
fn check(input: &DeleteObjectsRequest) -> Result<(), S3Error> {
    if input.mfa.is_some() {
        return Err(S3Error::NotImplemented { what: "x-amz-mfa" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str) -> ObjectIdentifier {
        ObjectIdentifier { key: key.into(), ..ObjectIdentifier::default() }
    }

    #[test]
    fn each_has_the_verdict_on_its_own_needs() {
        let refused = || Err(Fault::from(S3Error::AccessDenied));
        let with_tag = ObjectIdentifier { e_tag: Some("\"a\"".into()), ..object("tagged") };
        let all = [object("own"), with_tag, object(""), object("last")];
        let input = DeleteObjectsRequest { bucket: "b".into(), ..DeleteObjectsRequest::default() };
        let needs: Vec<_> =
            all.iter().filter_map(|object| needs(&input, object).ok()).flatten().collect();
        let actions: Vec<_> = needs.iter().map(|need| need.action).collect();
        assert_eq!(
            actions,
            ["s3:DeleteObject", "s3:DeleteObject", "s3:GetObject", "s3:DeleteObject"]
        );
        let judge = |verdicts: &[Result<(), Fault>]| {
            let mut verdicts = verdicts.iter();
            let each = all.iter().map(|object| verdict(&input, object, &mut verdicts).is_ok());
            each.collect::<Vec<_>>()
        };
        assert_eq!(judge(&[Ok(()), Ok(()), Ok(()), Ok(())]), [true, true, false, true]);
        assert_eq!(judge(&[refused(), Ok(()), Ok(()), Ok(())]), [false, true, false, true]);
        assert_eq!(judge(&[Ok(()), refused(), Ok(()), Ok(())]), [true, false, false, true]);
        assert_eq!(judge(&[Ok(()), Ok(()), refused(), Ok(())]), [true, false, false, true]);
        assert_eq!(judge(&[Ok(()), Ok(()), Ok(()), refused()]), [true, true, false, false]);
        // What nobody has decided is not allowed.
        assert_eq!(judge(&[]), [false, false, false, false]);
    }

    #[test]
    fn one_that_was_not_deleted_is_named() {
        let version = ObjectIdentifier { version_id: Some("null".into()), ..object("k") };
        let told = told(&version, S3Error::AccessDenied);
        assert_eq!(told.code.as_deref(), Some("AccessDenied"));
        assert_eq!((told.key.as_deref(), told.version_id.as_deref()), (Some("k"), Some("null")));
    }
}
