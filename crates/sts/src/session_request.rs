//! What the operations that give out sessions have in common.

use std::collections::{BTreeMap, BTreeSet};

use gate::IssuedSession;
use iam::{Policy, PolicyKind, limits};
use session::SessionPolicy;
use wire::sts::{Credentials, PolicyDescriptorType, Tag};

use crate::error::{SessionError, parse_arn};

/// How many managed policies limit a session at most.
const POLICY_ARNS_MAX: usize = 10;
/// How many tags a session has at most.
const TAGS_MAX: usize = 50;
/// The shortest session, in seconds.
pub(crate) const DURATION_SECONDS_MIN: u32 = 900;

/// That a name is of the characters that names of sessions have, and of a length within `length`.
pub(crate) fn check_name(
    member: &'static str,
    name: &str,
    length: std::ops::RangeInclusive<usize>,
) -> Result<(), SessionError> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    if length.contains(&name.len()) && name.bytes().all(legal) {
        return Ok(());
    }
    Err(SessionError::Name { member, also: "+=,.@_-" })
}

/// The policies that a session is limited by, the document first.
///
/// Source: STS API Reference, `AssumeRole`, *Request Parameters*.
pub(crate) fn policies(
    document: Option<&str>,
    arns: Option<&[PolicyDescriptorType]>,
) -> Result<Vec<SessionPolicy>, SessionError> {
    let mut policies = Vec::new();
    if let Some(text) = document {
        let length = text.chars().count();
        if length > limits::SESSION_POLICY {
            return Err(SessionError::PolicyTooLong { limit: limits::SESSION_POLICY, length });
        }
        Policy::parse(text, PolicyKind::Session)?;
        policies.push(SessionPolicy::Document(text.to_owned()));
    }
    let arns = arns.unwrap_or_default();
    if arns.len() > POLICY_ARNS_MAX {
        return Err(SessionError::TooManyPolicies(POLICY_ARNS_MAX));
    }
    for descriptor in arns {
        let arn = parse_arn(descriptor.arn.as_deref().unwrap_or_default())?;
        policies.push(SessionPolicy::Managed(arn));
    }
    Ok(policies)
}

/// Session tags by their keys, which differ by more than case.
///
/// Source: IAM User Guide, *Pass session tags in AWS STS*, *Things to know about session tags*.
pub(crate) fn tags(tags: Option<&[Tag]>) -> Result<BTreeMap<String, String>, SessionError> {
    let mut by_key: BTreeMap<String, String> = BTreeMap::new();
    for Tag { key, value } in tags.unwrap_or_default() {
        check_tag(key, value)?;
        if by_key.keys().any(|other| other.eq_ignore_ascii_case(key)) {
            return Err(SessionError::Tags(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        by_key.insert(key.clone(), value.clone());
    }
    if by_key.len() > TAGS_MAX {
        return Err(SessionError::Tags("A session has at most 50 tags"));
    }
    Ok(by_key)
}

fn check_tag(key: &str, value: &str) -> Result<(), SessionError> {
    let legal = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    let reserved = key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    if reserved || !(1..=128).contains(&key.chars().count()) || !key.chars().all(legal) {
        return Err(SessionError::Tags(
            "A tag's key has 1 to 128 letters, digits, spaces and _.:/=+-@, and does not begin with \
             aws:",
        ));
    }
    if value.chars().count() > 256 || !value.chars().all(legal) {
        return Err(SessionError::Tags(
            "A tag's value has at most 256 letters, digits, spaces and _.:/=+-@",
        ));
    }
    Ok(())
}

/// The keys of the tags that go along to other roles: each of a tag that is passed.
pub(crate) fn transitive_keys(
    keys: Option<&[String]>,
    tags: &BTreeMap<String, String>,
) -> Result<BTreeSet<String>, SessionError> {
    let keys: BTreeSet<String> = keys.unwrap_or_default().iter().cloned().collect();
    if keys.iter().all(|key| tags.contains_key(key)) {
        return Ok(keys);
    }
    Err(SessionError::Tags(
        "The specified transitive tag key must be included in the requested tags.",
    ))
}

/// The credentials as responses have them.
pub(crate) fn credentials(issued: session::SessionCredentials) -> Credentials {
    Credentials {
        access_key_id: issued.access_key_id.to_string(),
        expiration: issued.expiration,
        secret_access_key: issued.secret_access_key,
        session_token: issued.session_token.into(),
    }
}

/// The `PackedPolicySize` of an answer.
pub(crate) fn packed_policy_size(issued: &IssuedSession) -> Option<i32> {
    issued.packed_policy_size.map(i32::from)
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    fn code(refused: SessionError) -> &'static str {
        Fault::from(refused).code()
    }

    #[test]
    fn a_session_name_has_two_to_sixty_four_legal_characters() {
        let check = |name: &str| check_name("roleSessionName", name, 2..=64);
        let longest = "n".repeat(64);
        for name in ["CognitoIdentityCredentials", "a1", "x_+=,.@-", &longest] {
            assert!(check(name).is_ok(), "{name}");
        }
        let too_long = "n".repeat(65);
        for name in ["", "a", "a b", "a/b", "a:b", "*?", "naïve", "a\nb", &too_long] {
            assert_eq!(code(check(name).unwrap_err()), "ValidationError", "{name}");
        }
    }

    #[test]
    fn a_session_policy_must_be_one() {
        let good = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        assert_eq!(policies(Some(good), None).unwrap().len(), 1);
        let principal = good.replace("\"Effect\"", "\"Principal\":\"*\",\"Effect\"");
        for policy in ["", "{}", "allow", &principal] {
            let refused = policies(Some(policy), None).unwrap_err();
            assert_eq!(code(refused), "MalformedPolicyDocument", "{policy}");
        }
        let longest = format!("{good}{}", " ".repeat(2048 - good.len()));
        assert!(policies(Some(&longest), None).is_ok());
        let refused = policies(Some(&format!("{longest} ")), None).unwrap_err();
        assert_eq!(code(refused), "ValidationError");
    }

    #[test]
    fn at_most_ten_managed_policies_each_by_its_arn() {
        let arns = |count: usize| -> Vec<_> {
            let arn = |n| format!("arn:aws:iam::123456789012:policy/p{n}");
            (0..count).map(|n| PolicyDescriptorType { arn: Some(arn(n)) }).collect()
        };
        assert_eq!(policies(None, Some(&arns(10))).unwrap().len(), 10);
        assert_eq!(code(policies(None, Some(&arns(11))).unwrap_err()), "ValidationError");
        for arn in [None, Some("AdministratorAccess".to_owned())] {
            let refused = policies(None, Some(&[PolicyDescriptorType { arn }])).unwrap_err();
            assert_eq!(code(refused), "ValidationError");
        }
    }

    fn tag(key: &str, value: &str) -> Tag {
        Tag { key: key.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn tags_are_of_letters_and_differ_by_more_than_case() {
        let good = tags(Some(&[tag("Größe", ""), tag("team:a/b", "x y=z")])).unwrap();
        assert_eq!(good.len(), 2);
        for wrong in [
            vec![tag("Team", "a"), tag("team", "b")],
            vec![tag("aws:x", "")],
            vec![tag("", "")],
            vec![tag("a*", "")],
            vec![tag("a", "*")],
            vec![tag("a", &"v".repeat(257))],
            (0..51).map(|n| tag(&format!("k{n}"), "")).collect(),
        ] {
            assert_eq!(code(tags(Some(&wrong)).unwrap_err()), "ValidationError", "{wrong:?}");
        }
    }

    #[test]
    fn only_a_tag_that_is_passed_goes_along() {
        let tags = tags(Some(&[tag("team", "coats")])).unwrap();
        assert_eq!(transitive_keys(Some(&["team".to_owned()]), &tags).unwrap().len(), 1);
        assert!(transitive_keys(None, &tags).unwrap().is_empty());
        let refused = transitive_keys(Some(&["cost".to_owned()]), &tags).unwrap_err();
        assert_eq!(code(refused), "ValidationError");
    }
}
