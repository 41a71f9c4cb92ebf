//! What is decided on that concerns objects: their tags, and whether a public policy counts.

use objects::BucketName;
use wire::{Fault, OperationId, Service, s3::ErrorCode};

use crate::{
    Caller, ExistingObject, Gate, Need, On,
    caller_policies::CallerPolicies,
    decide::{Decided, Facts, unavailable},
};

/// How the condition keys begin that are an object's tags, in lower case.
const EXISTING_TAGS: &str = "s3:existingobjecttag/";

/// What is said of a bucket that is not there, and of a name that none can have.
pub(crate) fn no_bucket(name: &str) -> Fault {
    let fault = if name.parse::<BucketName>().is_ok() {
        Fault::new(ErrorCode::NoSuchBucket, "The specified bucket does not exist")
    } else {
        Fault::new(ErrorCode::InvalidBucketName, "The specified bucket is not valid.")
    };
    fault.with("BucketName", name.chars().take(100).collect::<String>())
}

impl Facts {
    /// Whether a policy that is public counts for the owner's account and for services only.
    ///
    /// Source: S3 User Guide, *Blocking public access to your Amazon S3 storage*,
    /// `RestrictPublicBuckets`.
    pub(crate) fn restricts_public_policy(&self) -> bool {
        let block = self.bucket.as_ref().and_then(|bucket| bucket.value.public_access_block);
        block.is_some_and(|block| block.restrict_public_buckets)
    }
}

impl Gate {
    /// Reads the tags of the object, if any policy looks at them: a request whose policies do not costs
    /// nothing. There being no object is there being no tags.
    pub(crate) async fn look_at_tags(
        &self,
        service: Service,
        need: &Need,
        facts: &Facts,
        own: &CallerPolicies,
    ) -> Result<(), Fault> {
        let (On::Object { key, .. }, Some(bucket)) = (&need.on, &facts.bucket) else {
            return Ok(());
        };
        let looked_at = || {
            let mut policies = facts.policy.iter().chain(own.all());
            policies.any(|policy| policy.mentions(EXISTING_TAGS))
        };
        if need.existing_object == ExistingObject::None || !looked_at() {
            return Ok(());
        }
        let Ok(key) = key.parse() else { return Ok(()) };
        let objects = &self.0.parts.objects;
        let found = match need.existing_object {
            ExistingObject::Version(id) => objects.version(&bucket.value, &key, id).await,
            ExistingObject::Current | ExistingObject::None => {
                objects.current(&bucket.value, &key).await
            }
        };
        let found = found.map_err(|error| unavailable(service, &error))?;
        let object = found.as_ref().and_then(|found| found.value.as_object());
        let tags = object.map(|object| object.tags.clone()).unwrap_or_default();
        let _ = facts.existing_tags.set(tags);
        Ok(())
    }

    /// Decides each part of an operation by itself. That a bucket is missing or the directory does not
    /// answer is no verdict on a part, but ends it all.
    pub(crate) async fn decide_parts(
        &self,
        caller: &Caller,
        id: OperationId,
        parts: &[Need],
        decided: &mut Decided,
    ) -> Result<(), Fault> {
        for need in parts {
            let facts = self.facts(caller, id.service(), need).await?;
            let verdict = self.judge(caller, id, need, &facts).await;
            match &verdict {
                Ok(()) => decided.add(need, &facts),
                Err(fault) if fault.status().is_server_error() => return verdict,
                Err(_) => {}
            }
            decided.parts.push(verdict);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_bucket_can_have_is_told_apart() {
        for (name, code) in [("coats", "NoSuchBucket"), ("Coats", "InvalidBucketName")] {
            assert_eq!(no_bucket(name).code(), code);
            assert_eq!(no_bucket(name).fields(), [("BucketName", name.to_owned())]);
        }
    }
}
