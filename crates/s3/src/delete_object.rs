use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use objects::{Condition, Deleted, ObjectKey, WriteError};
use wire::s3::{DeleteObjectOutput, DeleteObjectRequest};

use crate::{
    S3,
    error::S3Error,
    target::{decided_bucket, existing_object_need, object_need, shown_version, unmet, version_id},
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
        needs(input)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<DeleteObjectOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        check(input)?;
        let key: ObjectKey = input.key.parse()?;
        let conditions = conditions(input)?;
        let objects = &self.0.objects;
        let deleted = match version_id(input.version_id.as_deref())? {
            None => objects.delete_object(bucket, &key, &conditions).await,
            Some(id) => objects.delete_version(bucket, &key, id, &conditions).await,
        };
        let deleted = match deleted {
            Err(WriteError::ConditionFailed { .. }) => {
                return Err(unmet(&self.0, &request, &bucket.value, &input.key).await);
            }
            deleted => deleted?,
        };
        let (version_id, delete_marker) = match deleted {
            // The id is answered also if there was no such version.
            Deleted::Nothing => (input.version_id.clone(), None),
            Deleted::Version { version_id, delete_marker } => {
                (shown_version(&bucket.value, version_id), delete_marker.then_some(true))
            }
            Deleted::Marked { version_id } => {
                (shown_version(&bucket.value, version_id), Some(true))
            }
        };
        Ok(DeleteObjectOutput { version_id, delete_marker, ..DeleteObjectOutput::default() })
    }
}

fn needs(input: &DeleteObjectRequest) -> Result<Vec<Need>, S3Error> {
    let (version_id, tag) = (input.version_id.as_deref(), input.if_match.as_deref());
    let bypass = input.bypass_governance_retention == Some(true);
    needs_of_deletion(&input.bucket, &input.key, version_id, tag, &conditions(input)?, bypass)
}

/// What it takes to delete an object, or a version of it, under these conditions, and to bypass its
/// retention: there is none, but asking for that takes the right to.
///
/// Sources: S3 User Guide, *How to perform conditional deletes*; S3 API Reference, `DeleteObject`,
/// `x-amz-bypass-governance-retention`.
pub(crate) fn needs_of_deletion(
    bucket: &str,
    key: &str,
    version_id: Option<&str>,
    tag: Option<&str>,
    conditions: &[Condition],
    bypass: bool,
) -> Result<Vec<Need>, S3Error> {
    let delete = object_need("s3:DeleteObject", "s3:DeleteObjectVersion", bucket, key, version_id)?;
    let mut needs = vec![match tag {
        Some(tag) => delete.with("s3:if-match", tag.to_owned()),
        None => delete,
    }];
    if conditions.iter().any(|condition| *condition != Condition::Exists) {
        // Whoever compares the tag learns of the object that is there.
        needs.push(existing_object_need(
            "s3:GetObject",
            "s3:GetObjectVersion",
            bucket,
            key,
            version_id,
        )?);
    }
    if bypass {
        let action = "s3:BypassGovernanceRetention";
        needs.push(object_need(action, action, bucket, key, version_id)?);
    }
    Ok(needs)
}

/// What must hold of the object to be deleted.
///
/// Source: S3 User Guide, *How to perform conditional deletes*.
fn conditions(input: &DeleteObjectRequest) -> Result<Vec<Condition>, S3Error> {
    conditions_of(input.if_match.as_deref(), input.if_match_size, input.if_match_last_modified_time)
}

/// The conditions of one deletion.
pub(crate) fn conditions_of(
    tag: Option<&str>,
    size: Option<i64>,
    written_at: Option<types::Timestamp>,
) -> Result<Vec<Condition>, S3Error> {
    let tag = match tag {
        Some("*") => Some(Condition::Exists),
        Some(tag) if tag.contains(['*', ',']) => {
            return Err(S3Error::NotImplemented { what: "this If-Match" });
        }
        tag => tag.map(|tag| Condition::Matches(tag.trim().to_owned())),
    };
    // No object has less than nothing; the condition then never holds.
    let size = size.map(|size| Condition::HasSize(u64::try_from(size).unwrap_or(u64::MAX)));
    Ok([tag, size, written_at.map(Condition::WrittenAt)].into_iter().flatten().collect())
}

/// Refuses what needs a second factor.
fn check(input: &DeleteObjectRequest) -> Result<(), S3Error> {
    if input.mfa.is_some() {
        return Err(S3Error::NotImplemented { what: "x-amz-mfa" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn what_is_not_served_is_refused() {
        let plain = DeleteObjectRequest::default();
        assert!(check(&plain).is_ok());
        let input = DeleteObjectRequest { mfa: Some("serial 123456".into()), ..plain };
        let fault: Fault = check(&input).unwrap_err().into();
        assert_eq!(fault.code(), "NotImplemented");
    }

    #[test]
    fn what_is_asked_beside_the_deletion_takes_its_own_right() {
        let actions = |input: &DeleteObjectRequest| {
            let needs = needs(input).unwrap();
            needs.into_iter().map(|need| need.action).collect::<Vec<_>>()
        };
        let plain =
            DeleteObjectRequest { bucket: "b".into(), key: "k".into(), ..Default::default() };
        assert_eq!(actions(&plain), ["s3:DeleteObject"]);
        let version = DeleteObjectRequest { version_id: Some("null".into()), ..plain.clone() };
        assert_eq!(actions(&version), ["s3:DeleteObjectVersion"]);
        let tag = DeleteObjectRequest { if_match: Some("\"a\"".into()), ..plain.clone() };
        assert_eq!(actions(&tag), ["s3:DeleteObject", "s3:GetObject"]);
        let exists = DeleteObjectRequest { if_match: Some("*".into()), ..plain.clone() };
        assert_eq!(actions(&exists), ["s3:DeleteObject"]);
        let size = DeleteObjectRequest { if_match_size: Some(1), ..plain.clone() };
        assert_eq!(actions(&size), ["s3:DeleteObject", "s3:GetObject"]);
        let bypass = DeleteObjectRequest { bypass_governance_retention: Some(true), ..plain };
        assert_eq!(actions(&bypass), ["s3:DeleteObject", "s3:BypassGovernanceRetention"]);
    }

    #[test]
    fn conditions_are_all_that_were_asked() {
        let written_at = types::Timestamp::UNIX_EPOCH;
        let all = conditions_of(Some(" \"a\" "), Some(-1), Some(written_at)).unwrap();
        assert_eq!(
            all,
            [
                Condition::Matches("\"a\"".into()),
                Condition::HasSize(u64::MAX),
                Condition::WrittenAt(written_at)
            ]
        );
        assert_eq!(conditions_of(Some("*"), None, None).unwrap(), [Condition::Exists]);
        assert!(conditions_of(Some("\"a\", \"b\""), None, None).is_err());
        assert_eq!(conditions_of(None, None, None).unwrap(), []);
    }
}
