//! The policies of buckets and sessions, compiled once.

use std::sync::Arc;

use iam::{CompiledPolicy, Policy, PolicyError, PolicyKind};
use objects::{Bucket, Versioned};
use quick_cache::{Weighter, sync::Cache};
use types::Uuid;

/// How many bytes of policy text are kept compiled, of each kind: 200 bucket policies of the
/// longest, or some ten thousand ordinary ones.
const TEXT_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// How many entries to make room for at first.
const ENTRIES: usize = 256;

/// Compiled policies. Nothing in here grows old: a bucket's id and version never come back with
/// another policy, and a session's policy is found by its own text.
pub(crate) struct PolicyCache {
    buckets: Cache<(Uuid, u64), Compiled, ByText>,
    sessions: Cache<Box<str>, Compiled, ByText>,
}

#[derive(Clone)]
struct Compiled {
    policy: Arc<CompiledPolicy>,
    text_bytes: u64,
}

/// An entry weighs as much as the text it was compiled from.
#[derive(Clone)]
struct ByText;

impl<K> Weighter<K, Compiled> for ByText {
    fn weight(&self, _: &K, compiled: &Compiled) -> u64 {
        compiled.text_bytes
    }
}

impl PolicyCache {
    pub(crate) fn new() -> Self {
        Self {
            buckets: Cache::with_weighter(ENTRIES, TEXT_BYTES_MAX, ByText),
            sessions: Cache::with_weighter(ENTRIES, TEXT_BYTES_MAX, ByText),
        }
    }

    /// The policy of a bucket as it was read, if it has one.
    pub(crate) fn of_bucket(
        &self,
        bucket: &Versioned<Bucket>,
    ) -> Result<Option<Arc<CompiledPolicy>>, PolicyError> {
        let Some(text) = bucket.value.policy.as_deref() else { return Ok(None) };
        let key = (bucket.value.id, bucket.version.0);
        if let Some(found) = self.buckets.get(&key) {
            return Ok(Some(found.policy));
        }
        let compiled = compile(text, PolicyKind::Resource)?;
        self.buckets.insert(key, compiled.clone());
        Ok(Some(compiled.policy))
    }

    /// A policy that limits a session.
    pub(crate) fn of_session(&self, text: &str) -> Result<Arc<CompiledPolicy>, PolicyError> {
        if let Some(found) = self.sessions.get(text) {
            return Ok(found.policy);
        }
        let compiled = compile(text, PolicyKind::Session)?;
        self.sessions.insert(text.into(), compiled.clone());
        Ok(compiled.policy)
    }
}

fn compile(text: &str, kind: PolicyKind) -> Result<Compiled, PolicyError> {
    let policy = Arc::new(Policy::parse(text, kind)?.compile());
    Ok(Compiled { policy, text_bytes: text.len() as u64 })
}

#[cfg(test)]
mod tests {
    use store::Version;
    use types::{SeededEntropy, Timestamp};

    use super::*;

    fn policy(sid: usize, padding: usize) -> String {
        let padding = " ".repeat(padding);
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Sid": "S{sid}", "Effect": "Deny",
            "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::coats/*"}}}}{padding}"#
        )
    }

    fn bucket(id: u64, version: u64, policy: Option<String>) -> Versioned<Bucket> {
        let new = Bucket::new(
            "coats".parse().unwrap(),
            "123456789012".parse().unwrap(),
            "us-east-1".parse().unwrap(),
            Uuid::random(&SeededEntropy::new(id)),
            Timestamp::UNIX_EPOCH,
        );
        let value = Bucket { policy, ..new };
        Versioned { version: Version(version), value }
    }

    #[test]
    fn a_policy_is_compiled_once_for_each_version_of_its_bucket() {
        let cache = PolicyCache::new();
        let of = |bucket: &Versioned<Bucket>| cache.of_bucket(bucket).unwrap().unwrap();
        let first = bucket(1, 7, Some(policy(1, 0)));
        assert!(Arc::ptr_eq(&of(&first), &of(&first)));
        // The same bucket with another policy, and a later bucket of that name.
        for other in [bucket(1, 8, Some(policy(2, 0))), bucket(2, 7, Some(policy(3, 0)))] {
            assert!(!Arc::ptr_eq(&of(&first), &of(&other)));
        }
        assert!(cache.of_bucket(&bucket(1, 9, None)).unwrap().is_none());
        assert!(cache.of_bucket(&bucket(1, 9, Some("{".to_owned()))).is_err());
    }

    #[test]
    fn a_session_policy_is_known_by_its_text() {
        let cache = PolicyCache::new();
        let text = |action: &str| {
            format!(
                r#"{{"Version": "2012-10-17",
                "Statement": {{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}}}"#
            )
        };
        let of = |action: &str| cache.of_session(&text(action)).unwrap();
        assert!(Arc::ptr_eq(&of("s3:*"), &of("s3:*")));
        assert!(!Arc::ptr_eq(&of("s3:*"), &of("s3:Get*")));
        assert!(cache.of_session(&policy(1, 0)).is_err(), "it has a principal");
    }

    #[test]
    fn what_is_kept_is_bounded_by_the_length_of_the_texts() {
        let cache = PolicyCache::new();
        for version in 0..1000 {
            let policy = policy(1, 20_000);
            cache.of_bucket(&bucket(1, version, Some(policy))).unwrap();
        }
        assert!(cache.buckets.weight() <= TEXT_BYTES_MAX);
        assert!((100..=210).contains(&cache.buckets.len()), "{}", cache.buckets.len());
    }
}
