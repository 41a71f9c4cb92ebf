//! The policy of a bucket.

use gate::Authorized;
use iam::{Policy, PolicyKind, limits};
use objects::{Bucket, Versioned};

use crate::{error::S3Error, target::decided_bucket};

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
pub(crate) fn check(text: &str, bucket: &str) -> Result<(), S3Error> {
    if text.len() > limits::BUCKET_POLICY {
        let message = "Policy exceeds the maximum allowed document size.";
        return Err(S3Error::MalformedPolicy(message.to_owned()));
    }
    let policy = Policy::parse(text, PolicyKind::Resource)
        .map_err(|error| S3Error::MalformedPolicy(error.to_string()))?;
    for statement in policy.statements() {
        let resources = statement.resource().map(iam::Element::entries).unwrap_or_default();
        for resource in resources.iter().map(|entry| entry.value.source()) {
            if !is_in(resource, bucket) {
                return Err(S3Error::MalformedPolicy(format!(
                    "Policy has invalid resource: {resource} is neither this bucket nor in it"
                )));
            }
        }
        for action in statement.action().entries().iter().map(|entry| entry.value.source()) {
            let service = action.split(':').next().unwrap_or_default();
            if action != "*" && !service.eq_ignore_ascii_case("s3") {
                return Err(S3Error::MalformedPolicy(format!(
                    "Policy has invalid action: {action} is no action of S3"
                )));
            }
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
        let get = r#""s3:GetObject""#;
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
        for action in [r#""sqs:SendMessage""#, r#"["s3:GetObject", "s3express:*"]"#] {
            let fault: Fault = check(&policy(action, all), "coats").unwrap_err().into();
            assert!(fault.message().starts_with("Policy has invalid action"), "{action}");
        }
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
        let long = policy(r#""s3:GetObject""#, r#""arn:aws:s3:::coats""#) + &" ".repeat(20_480);
        let fault: Fault = check(&long, "coats").unwrap_err().into();
        assert_eq!(fault.code(), "MalformedPolicy");
    }
}
