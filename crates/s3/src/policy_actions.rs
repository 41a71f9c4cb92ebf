//! The actions that a bucket's policy can speak of, by what they are done to.
//!
//! Source: Service Authorization Reference, *Actions, resources, and condition keys for Amazon S3*.

/// What an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Bucket,
    Object,
}

/// Actions on objects, without `s3:`.
const OF_OBJECTS: &[&str] = &[
    "AbortMultipartUpload",
    "BypassGovernanceRetention",
    "DeleteObject",
    "DeleteObjectTagging",
    "DeleteObjectVersion",
    "DeleteObjectVersionTagging",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAttributes",
    "GetObjectLegalHold",
    "GetObjectRetention",
    "GetObjectTagging",
    "GetObjectTorrent",
    "GetObjectVersion",
    "GetObjectVersionAcl",
    "GetObjectVersionAttributes",
    "GetObjectVersionForReplication",
    "GetObjectVersionTagging",
    "GetObjectVersionTorrent",
    "InitiateReplication",
    "ListMultipartUploadParts",
    "ObjectOwnerOverrideToBucketOwner",
    "PutObject",
    "PutObjectAcl",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "PutObjectVersionAcl",
    "PutObjectVersionTagging",
    "ReplicateDelete",
    "ReplicateObject",
    "ReplicateTags",
    "RestoreObject",
    "UpdateObjectEncryption",
];

/// Actions on buckets, without `s3:`.
const OF_BUCKETS: &[&str] = &[
    "CreateBucket",
    "CreateBucketMetadataTableConfiguration",
    "DeleteBucket",
    "DeleteBucketMetadataTableConfiguration",
    "DeleteBucketPolicy",
    "DeleteBucketWebsite",
    "GetAccelerateConfiguration",
    "GetAnalyticsConfiguration",
    "GetBucketAbac",
    "GetBucketAcl",
    "GetBucketCORS",
    "GetBucketLocation",
    "GetBucketLogging",
    "GetBucketMetadataTableConfiguration",
    "GetBucketNotification",
    "GetBucketObjectLockConfiguration",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketPublicAccessBlock",
    "GetBucketRequestPayment",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetBucketWebsite",
    "GetEncryptionConfiguration",
    "GetIntelligentTieringConfiguration",
    "GetInventoryConfiguration",
    "GetLifecycleConfiguration",
    "GetMetricsConfiguration",
    "GetReplicationConfiguration",
    "ListBucket",
    "ListBucketMultipartUploads",
    "ListBucketVersions",
    "ListTagsForResource",
    "PauseReplication",
    "PutAccelerateConfiguration",
    "PutAnalyticsConfiguration",
    "PutBucketAbac",
    "PutBucketAcl",
    "PutBucketCORS",
    "PutBucketLogging",
    "PutBucketNotification",
    "PutBucketObjectLockConfiguration",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutBucketRequestPayment",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutBucketWebsite",
    "PutEncryptionConfiguration",
    "PutIntelligentTieringConfiguration",
    "PutInventoryConfiguration",
    "PutLifecycleConfiguration",
    "PutMetricsConfiguration",
    "PutReplicationConfiguration",
    "TagResource",
    "UntagResource",
    "UpdateBucketMetadataInventoryTableConfiguration",
    "UpdateBucketMetadataJournalTableConfiguration",
];

/// What the actions are done to that a pattern of a policy stands for. Empty: it stands for none.
pub(crate) fn levels(pattern: &str) -> Vec<Level> {
    let names = match pattern.split_once(':') {
        Some((service, names)) if service.eq_ignore_ascii_case("s3") => names,
        None if pattern == "*" => "*",
        _ => return Vec::new(),
    };
    let names = names.to_ascii_lowercase();
    let any = |actions: &[&str]| {
        actions
            .iter()
            .any(|action| matches(names.as_bytes(), action.to_ascii_lowercase().as_bytes()))
    };
    let of = [(OF_BUCKETS, Level::Bucket), (OF_OBJECTS, Level::Object)];
    of.into_iter().filter(|(actions, _)| any(actions)).map(|(_, level)| level).collect()
}

/// Whether a pattern, where `*` is anything and `?` one byte, is a text. Linear in both: a star takes
/// as little as it can, and only the last one is tried again.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut rest, mut left) = (pattern, text);
    let mut again: Option<(&[u8], &[u8])> = None;
    loop {
        match (rest, left) {
            ([b'*', behind @ ..], _) => {
                again = Some((behind, left));
                rest = behind;
            }
            ([b'?', behind @ ..], [_, others @ ..]) => (rest, left) = (behind, others),
            ([one, behind @ ..], [other, others @ ..]) if one == other => {
                (rest, left) = (behind, others);
            }
            ([], []) => return true,
            _ => match again {
                Some((behind, [_, others @ ..])) => {
                    again = Some((behind, others));
                    (rest, left) = (behind, others);
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_actions_on_buckets_or_objects() {
        use Level::{Bucket, Object};
        for (pattern, expected) in [
            ("*", vec![Bucket, Object]),
            ("s3:*", vec![Bucket, Object]),
            ("S3:GETOBJECT", vec![Object]),
            ("s3:GetObject", vec![Object]),
            ("s3:GetObject*", vec![Object]),
            ("s3:GetBucket*", vec![Bucket]),
            ("s3:Get*", vec![Bucket, Object]),
            ("s3:ListBucket", vec![Bucket]),
            ("s3:ListBucke?", vec![Bucket]),
            ("s3:*Tagging", vec![Bucket, Object]),
            ("s3:Put*Acl", vec![Bucket, Object]),
            ("s3:GetObjects", vec![]),
            ("s3:ListObjects", vec![]),
            ("s3:", vec![]),
            ("s3", vec![]),
            ("sqs:*", vec![]),
            ("s3express:CreateSession", vec![]),
        ] {
            assert_eq!(levels(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn no_action_is_listed_twice() {
        let mut all: Vec<&str> = OF_BUCKETS.iter().chain(OF_OBJECTS).copied().collect();
        let listed = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), listed);
    }
}
