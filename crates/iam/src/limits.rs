//! How long policies may be, for whoever stores them.
//!
//! Source: IAM User Guide, *IAM and AWS STS quotas*; Amazon S3 User Guide, *Bucket policies*; AWS
//! Organizations User Guide, *Quotas*. IAM does not count white space.

/// Bytes that are read at all: the longest policy document that the IAM API takes, with its white
/// space.
pub const READ_BYTES: usize = 131_072;

/// All inline policies of a role together, in characters without white space.
pub const ROLE_INLINE_POLICIES: usize = 10_240;

/// All inline policies of a user together, in characters without white space.
pub const USER_INLINE_POLICIES: usize = 2_048;

/// All inline policies of a group together, in characters without white space.
pub const GROUP_INLINE_POLICIES: usize = 5_120;

/// A managed policy, in characters without white space.
pub const MANAGED_POLICY: usize = 6_144;

/// A role's trust policy, in characters without white space. AWS raises it to 4,096 on request.
pub const TRUST_POLICY: usize = 2_048;

/// A session policy, in characters as sent.
pub const SESSION_POLICY: usize = 2_048;

/// A bucket policy, in bytes as sent.
pub const BUCKET_POLICY: usize = 20_480;

/// The characters of a policy that IAM counts: all but white space.
///
/// ```
/// assert_eq!(iam::limits::characters("{ \"Statement\":\n [] }"), 16);
/// ```
#[must_use]
pub fn characters(text: &str) -> usize {
    text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\n' | '\r')).count()
}
