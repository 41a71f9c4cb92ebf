//! The policy of a bucket.

use gate::Authorized;
use iam::{Element, Policy, PolicyKind, PrincipalName, Statement, limits};
use objects::{Bucket, Versioned};
use types::Arn;

use crate::{
    error::S3Error,
    policy_actions::{self, Level},
    target::decided_bucket,
};

/// The bucket whose policy is asked for or changed, which only its owner's account may do, whatever
/// the policy itself allows.
///
/// Source: S3 API Reference, `PutBucketPolicy`, *Permissions*.
pub(crate) fn own_bucket<'a, O: wire::Operation>(
    request: &'a Authorized<O>,
    name: &str,
    expected_owner: Option<&str>,
) -> Result<&'a Versioned<Bucket>, S3Error> {
    let bucket = decided_bucket(request, name, expected_owner)?;
    if request.caller().principal.account() == Some(bucket.value.owner) {
        Ok(bucket)
    } else {
        Err(S3Error::NotTheOwner)
    }
}

/// Refuses a text that is no policy for this bucket.
pub(crate) fn check(text: &str, bucket: &str) -> Result<Policy, S3Error> {
    if text.len() > limits::BUCKET_POLICY {
        let message = "Policy exceeds the maximum allowed document size.";
        return Err(S3Error::MalformedPolicy(message.to_owned()));
    }
    let policy = Policy::parse(text, PolicyKind::Resource)
        .map_err(|error| S3Error::MalformedPolicy(error.to_string()))?;
    for statement in policy.statements() {
        check_statement(statement, bucket)?;
    }
    Ok(policy)
}

/// The users, roles and sessions that a policy names as principals.
pub(crate) fn named(policy: &Policy) -> impl Iterator<Item = &Arn> {
    let principals = policy.statements().iter().filter_map(Statement::principal);
    principals.flat_map(Element::entries).filter_map(|entry| match entry.name() {
        PrincipalName::Arn(arn) => Some(arn),
        _ => None,
    })
}

fn check_statement(statement: &Statement, bucket: &str) -> Result<(), S3Error> {
    let malformed = |message: String| Err(S3Error::MalformedPolicy(message));
    let resources = statement.resource().map(Element::entries).unwrap_or_default();
    let resources: Vec<&str> = resources.iter().map(|entry| entry.value.source()).collect();
    for resource in &resources {
        if !is_in(resource, bucket) {
            return malformed(format!(
                "Policy has invalid resource: {resource} is neither this bucket nor in it"
            ));
        }
    }
    let actions = statement.action();
    for action in actions.entries().iter().map(|entry| entry.value.source()) {
        let levels = policy_actions::levels(action);
        if levels.is_empty() {
            return malformed(format!("Policy has invalid action: {action}"));
        }
        // An element that names what it is not about fits with everything.
        let negated = actions.negated() || statement.resource().is_some_and(Element::negated);
        let applies = |level: &Level| resources.iter().any(|resource| is_of(resource, *level));
        if !negated && !levels.iter().any(applies) {
            return malformed(format!(
                "Action does not apply to any resource(s) in statement: {action}"
            ));
        }
    }
    Ok(())
}

/// Whether a resource is the bucket or lies in it. `NAME*` is both, and can do no harm: the policy is
/// asked about this bucket only.
fn is_in(resource: &str, bucket: &str) -> bool {
    let rest = resource.strip_prefix("arn:aws:s3:::").and_then(|rest| rest.strip_prefix(bucket));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*']))
}

/// Whether a resource, which is this bucket or lies in it, can be one of that level.
fn is_of(resource: &str, level: Level) -> bool {
    let name = resource.strip_prefix("arn:aws:s3:::").unwrap_or(resource);
    match level {
        Level::Object => name.contains(['/', '*']),
        Level::Bucket => !name.contains('/'),
    }
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    fn policy(action: &str, resource: &str) -> String {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": "*",
                "Action": {action}, "Resource": {resource}}}]}}"#
        )
    }

    #[test]
    fn a_policy_speaks_of_its_own_bucket_only() {
        let get = r#""s3:Get*""#;
        for resource in [
            r#""arn:aws:s3:::coats/*""#,
            r#""arn:aws:s3:::coats""#,
            r#"["arn:aws:s3:::coats", "arn:aws:s3:::coats/${aws:username}/*"]"#,
            r#""arn:aws:s3:::coats*""#,
        ] {
            check(&policy(get, resource), "coats").unwrap();
        }
        for resource in [
            r#""*""#,
            r#""arn:aws:s3:::*""#,
            r#""arn:aws:s3:::coats2/*""#,
            r#""arn:aws:s3:::coat?/*""#,
            r#""arn:aws:s3:::COATS/*""#,
            r#"["arn:aws:s3:::coats/*", "arn:aws:s3:::hats/*"]"#,
            r#""arn:aws:sqs:us-east-1:123456789012:coats""#,
        ] {
            let fault: Fault = check(&policy(get, resource), "coats").unwrap_err().into();
            assert_eq!((fault.code(), fault.status().as_u16()), ("MalformedPolicy", 400));
            assert!(fault.message().starts_with("Policy has invalid resource"), "{resource}");
        }
    }

    #[test]
    fn a_policy_speaks_of_s3_only() {
        let all = r#""arn:aws:s3:::coats/*""#;
        for action in [r#""*""#, r#""S3:*""#, r#"["s3:Get*", "s3:PutObject"]"#] {
            check(&policy(action, all), "coats").unwrap();
        }
        for action in
            [r#""sqs:SendMessage""#, r#"["s3:GetObject", "s3express:*"]"#, r#""s3:GetObjects""#]
        {
            let fault: Fault = check(&policy(action, all), "coats").unwrap_err().into();
            assert!(fault.message().starts_with("Policy has invalid action"), "{action}");
        }
    }

    #[test]
    fn actions_go_with_their_resources() {
        let (bucket, all) = (r#""arn:aws:s3:::coats""#, r#""arn:aws:s3:::coats/*""#);
        let both = r#"["arn:aws:s3:::coats", "arn:aws:s3:::coats/*"]"#;
        let (get, list) = (r#""s3:GetObject""#, r#""s3:ListBucket""#);
        for (action, resource) in [
            (get, all),
            (get, both),
            (list, bucket),
            (list, both),
            (r#""s3:*""#, bucket),
            (r#""s3:*""#, all),
            (get, r#""arn:aws:s3:::coats*""#),
            (list, r#""arn:aws:s3:::coats*""#),
        ] {
            check(&policy(action, resource), "coats").unwrap();
        }
        for (action, resource) in [
            (get, bucket),
            (list, all),
            (r#"["s3:GetObject", "s3:ListBucket"]"#, all),
            (r#"["s3:GetObject", "s3:ListBucket"]"#, bucket),
        ] {
            let fault: Fault = check(&policy(action, resource), "coats").unwrap_err().into();
            assert_eq!(fault.code(), "MalformedPolicy");
            assert!(fault.message().starts_with("Action does not apply"), "{action} {resource}");
        }
        let negated = policy(list, all).replace("\"Action\"", "\"NotAction\"");
        check(&negated, "coats").unwrap();
    }

    #[test]
    fn what_is_no_policy_is_refused_with_the_place() {
        let no_principal = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Action": "s3:*", "Resource": "arn:aws:s3:::coats"}}"#;
        for text in ["", "{", "{}", no_principal] {
            let fault: Fault = check(text, "coats").unwrap_err().into();
            assert_eq!(fault.code(), "MalformedPolicy", "{text}");
            assert!(fault.message().contains("line "), "{}", fault.message());
        }
        let long = policy(r#""s3:*""#, r#""arn:aws:s3:::coats""#) + &" ".repeat(20_480);
        let fault: Fault = check(&long, "coats").unwrap_err().into();
        assert_eq!(fault.code(), "MalformedPolicy");
    }
}
