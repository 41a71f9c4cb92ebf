//! The policy of a form: what whoever signed it lets others upload.
//!
//! Source: S3 API Reference, [*POST
//! Policy*](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html).

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};
use types::Timestamp;
use wire::post_object::PostForm;

use crate::error::S3Error;

/// The fields that need no condition: the policy itself, and what signs it.
const FREE: [&str; 4] = ["awsaccesskeyid", "policy", "signature", "x-amz-signature"];
/// Fields whose names begin so need none either.
const IGNORED: &str = "x-ignore-";

/// A policy, read.
#[derive(Debug)]
pub(crate) struct PostPolicy {
    expiration: Timestamp,
    conditions: Vec<Condition>,
}

/// How long the file of a form may be, in bytes, both inclusive.
pub(crate) type ContentLengthRange = (u64, u64);

#[derive(Debug)]
struct Condition {
    /// What is said of it when it does not hold: how it stands in the policy.
    text: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Equals { field: String, value: String },
    StartsWith { field: String, prefix: String },
    ContentLength(ContentLengthRange),
}

impl PostPolicy {
    /// Reads a policy as it stands in a form: JSON in base64.
    ///
    /// # Errors
    /// [`S3Error::InvalidPolicyDocument`], with the reason.
    pub(crate) fn parse(encoded: &str) -> Result<Self, S3Error> {
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| invalid("it is not base64"))?;
        let text = String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8"))?;
        let document: Value = serde_json::from_str(&without_escaped_dollars(&text))
            .map_err(|error| invalid(format!("it is not JSON: {error}")))?;
        let Value::Object(members) = document else {
            return Err(invalid("it is not a JSON object"));
        };
        if let Some(name) =
            members.keys().find(|n| !matches!(n.as_str(), "expiration" | "conditions"))
        {
            return Err(invalid(format!("unexpected {name:?}")));
        }
        let expiration = match members.get("expiration") {
            Some(Value::String(text)) => time(text).ok_or_else(|| {
                invalid(format!(
                    "'expiration' is {text:?}, which is no time such as 2026-01-31T23:59:59Z"
                ))
            })?,
            Some(_) => return Err(invalid("'expiration' is not a string")),
            None => return Err(invalid("it has no 'expiration'")),
        };
        let Some(Value::Array(conditions)) = members.get("conditions") else {
            return Err(invalid("it has no list of 'conditions'"));
        };
        let conditions = conditions.iter().map(Condition::parse).collect::<Result<_, _>>()?;
        Ok(Self { expiration, conditions })
    }

    /// Whether a form for `bucket` is as the policy says; how long its file may be.
    ///
    /// # Errors
    /// [`S3Error::PostPolicy`]: the policy is over, a condition does not hold, or the form has a field of
    /// which the policy does not speak.
    pub(crate) fn check(
        &self,
        form: &PostForm,
        bucket: &str,
        now: Timestamp,
    ) -> Result<Option<ContentLengthRange>, S3Error> {
        let refused = |reason: String| Err(S3Error::PostPolicy(reason));
        if now >= self.expiration {
            return refused("Policy expired.".to_owned());
        }
        let value = |field: &str| match field {
            "bucket" => Some(bucket),
            field => form.field(field),
        };
        let mut length: Option<ContentLengthRange> = None;
        for condition in &self.conditions {
            let holds = match &condition.test {
                Test::Equals { field, value: expected } => value(field) == Some(expected),
                Test::StartsWith { field, prefix } => {
                    value(field).is_some_and(|value| starts_with(field, value, prefix))
                }
                Test::ContentLength((least, most)) => {
                    let (own_least, own_most) = length.unwrap_or((0, u64::MAX));
                    length = Some((own_least.max(*least), own_most.min(*most)));
                    true
                }
            };
            if !holds {
                return refused(format!("Policy Condition failed: {}", condition.text));
            }
        }
        let is_covered = |name: &str| {
            FREE.contains(&name)
                || name.starts_with(IGNORED)
                || self.conditions.iter().any(|condition| condition.test.field() == Some(name))
        };
        let extra: Vec<&str> =
            form.fields().map(|(name, _)| name).filter(|name| !is_covered(name)).collect();
        if !extra.is_empty() {
            return refused(format!("Extra input fields: {}", extra.join(", ")));
        }
        Ok(length)
    }
}

/// A time in ISO 8601, in UTC.
fn time(text: &str) -> Option<Timestamp> {
    let is_utc = text.as_bytes().get(10) == Some(&b'T') && text.ends_with('Z');
    is_utc.then(|| text.parse().ok()).flatten()
}

/// In a list of content types, each has to begin so.
fn starts_with(field: &str, value: &str, prefix: &str) -> bool {
    match field {
        "content-type" => value.split(',').all(|item| item.trim_start().starts_with(prefix)),
        _ => value.starts_with(prefix),
    }
}

impl Test {
    fn field(&self) -> Option<&str> {
        match self {
            Self::Equals { field, .. } | Self::StartsWith { field, .. } => Some(field),
            Self::ContentLength(_) => None,
        }
    }
}

impl Condition {
    fn parse(value: &Value) -> Result<Self, S3Error> {
        let wrong = |reason: &str| invalid(format!("the condition {value} {reason}"));
        let test = match value {
            Value::Object(members) => Self::parse_equality(members),
            Value::Array(items) => Self::parse_match(items),
            _ => None,
        };
        let test = test.ok_or_else(|| {
            wrong(
                "is none of {\"field\": \"value\"}, [\"eq\", \"$field\", \"value\"], \
                 [\"starts-with\", \"$field\", \"prefix\"] and [\"content-length-range\", least, most]",
            )
        })?;
        if let Test::ContentLength((least, most)) = test
            && least > most
        {
            return Err(wrong("has a least length above its greatest"));
        }
        Ok(Self { text: value.to_string(), test })
    }

    fn parse_equality(members: &Map<String, Value>) -> Option<Test> {
        let mut members = members.iter();
        let (Some((field, Value::String(value))), None) = (members.next(), members.next()) else {
            return None;
        };
        Some(Test::Equals { field: field.to_ascii_lowercase(), value: value.clone() })
    }

    fn parse_match(items: &[Value]) -> Option<Test> {
        let [Value::String(kind), first, second] = items else { return None };
        let field = || Some(first.as_str()?.strip_prefix('$')?.to_ascii_lowercase());
        let text = || Some(second.as_str()?.to_owned());
        match kind.to_ascii_lowercase().as_str() {
            "eq" => Some(Test::Equals { field: field()?, value: text()? }),
            "starts-with" => Some(Test::StartsWith { field: field()?, prefix: text()? }),
            "content-length-range" => Some(Test::ContentLength((bytes(first)?, bytes(second)?))),
            _ => None,
        }
    }
}

/// A number of bytes, which some clients write as a text.
fn bytes(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// AWS has a dollar sign escaped as `\$`, which JSON does not know.
///
/// Source: *POST Policy*, *Character Escaping*.
fn without_escaped_dollars(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        plain.push_str(before);
        let length = behind.chars().next().map_or(0, char::len_utf8);
        let (escaped, after) = behind.split_at_checked(length).unwrap_or((behind, ""));
        if escaped != "$" {
            plain.push('\\');
        }
        plain.push_str(escaped);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

fn invalid(reason: impl Into<String>) -> S3Error {
    S3Error::InvalidPolicyDocument(reason.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire::Fault;

    use super::*;

    const NOW: &str = "2026-01-01T00:00:00Z";

    fn parse(policy: &str) -> Result<PostPolicy, S3Error> {
        PostPolicy::parse(&BASE64_STANDARD.encode(policy))
    }

    fn policy(conditions: &str) -> PostPolicy {
        let expiration = "2026-01-01T00:00:01Z";
        parse(&format!("{{\"expiration\": \"{expiration}\", \"conditions\": [{conditions}]}}"))
            .unwrap()
    }

    fn form(fields: &[(&str, &str)]) -> PostForm {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        PostForm::new(fields.iter().map(owned), None).unwrap()
    }

    /// `None` if the form is as the policy says, else the reason.
    fn refusal(policy: &PostPolicy, fields: &[(&str, &str)]) -> Option<String> {
        let error = policy.check(&form(fields), "bucket", NOW.parse().unwrap()).err()?;
        let fault: Fault = error.into();
        assert_eq!((fault.code(), fault.status().as_u16()), ("AccessDenied", 403));
        fault.message().strip_prefix("Invalid according to Policy: ").map(str::to_owned)
    }

    #[test]
    fn each_condition_must_hold() {
        for (conditions, fields, holds) in [
            (r#"{"key": "a"}"#, &[("key", "a")][..], true),
            (r#"{"key": "a"}"#, &[("key", "b")], false),
            (r#"{"KEY": "a"}"#, &[("kEy", "a")], true),
            (r#"{"key": "a"}"#, &[], false),
            (r#"["eq", "$key", "a"]"#, &[("key", "a")], true),
            (r#"["EQ", "$Key", "a"]"#, &[("key", "A")], false),
            (r#"["starts-with", "$key", "me/"]"#, &[("key", "me/a")], true),
            (r#"["starts-with", "$key", "me/"]"#, &[("key", "other/me/a")], false),
            (r#"["starts-with", "$key", ""]"#, &[("key", "anything")], true),
            (r#"["starts-with", "$acl", ""]"#, &[], false),
            (r#"["starts-with", "$key", "me/"], {"key": "me/a"}"#, &[("key", "me/b")], false),
            (r#"{"bucket": "bucket"}"#, &[], true),
            (r#"{"bucket": "other"}"#, &[], false),
            // The bucket is the one that is written to, whatever the form says.
            (r#"{"bucket": "other"}"#, &[("bucket", "other")], false),
            (
                r#"["starts-with", "$Content-Type", "image/"]"#,
                &[("Content-Type", "image/a, image/b")],
                true,
            ),
            (
                r#"["starts-with", "$Content-Type", "image/"]"#,
                &[("Content-Type", "image/a, text/b")],
                false,
            ),
            (r#"["starts-with", "$key", "\$a"]"#, &[("key", "$ab")], true),
            (r#"["starts-with", "$key", "\\$a"]"#, &[("key", "\\$ab")], true),
        ] {
            let refusal = refusal(&policy(conditions), fields);
            assert_eq!(refusal.is_none(), holds, "{conditions} {fields:?}: {refusal:?}");
            assert!(refusal.is_none_or(|text| text.starts_with("Policy Condition failed: ")));
        }
    }

    #[test]
    fn each_field_must_have_a_condition() {
        let policy = policy(r#"["starts-with", "$key", ""], {"x-amz-meta-a": "1"}"#);
        let free = [("key", "k"), ("x-amz-meta-a", "1"), ("policy", "p"), ("X-Amz-Signature", "s")];
        assert_eq!(refusal(&policy, &free), None);
        let ignored = [("key", "k"), ("x-amz-meta-a", "1"), ("x-ignore-me", "x")];
        assert_eq!(refusal(&policy, &ignored), None);
        let extra = [("key", "k"), ("x-amz-meta-a", "1"), ("acl", "private"), ("submit", "Send")];
        assert_eq!(refusal(&policy, &extra).unwrap(), "Extra input fields: acl, submit");
    }

    #[test]
    fn a_policy_has_its_time() {
        let policy = policy("");
        let at = |now: &str| policy.check(&form(&[]), "bucket", now.parse().unwrap());
        assert!(at(NOW).is_ok());
        for now in ["2026-01-01T00:00:01Z", "2027-01-01T00:00:00Z"] {
            let fault: Fault = at(now).unwrap_err().into();
            assert_eq!(fault.message(), "Invalid according to Policy: Policy expired.");
        }
    }

    #[test]
    fn lengths_are_those_of_all_ranges() {
        for (conditions, expected) in [
            ("", None),
            (r#"["content-length-range", 1, 10]"#, Some((1, 10))),
            (r#"["Content-Length-Range", "1", "10"]"#, Some((1, 10))),
            (r#"["content-length-range", 1, 10], ["content-length-range", 5, 20]"#, Some((5, 10))),
        ] {
            let found = policy(conditions).check(&form(&[]), "bucket", NOW.parse().unwrap());
            assert_eq!(found.unwrap(), expected, "{conditions}");
        }
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        let ends = r#""expiration": "2026-01-01T00:00:01Z""#;
        for text in [
            "",
            "[]",
            "{}",
            r#"{"conditions": []}"#,
            &format!("{{{ends}}}"),
            &format!("{{{ends}, \"conditions\": {{}}}}"),
            &format!("{{{ends}, \"CONDITIONS\": []}}"),
            r#"{"expiration": "tomorrow", "conditions": []}"#,
            r#"{"expiration": 1, "conditions": []}"#,
            r#"{"expiration": "2026-01-01 00:00:01+00:00", "conditions": []}"#,
            r#"{"expiration": "2026-01-01T00:00:01+00:00", "conditions": []}"#,
            r#"{"EXPIRATION": "2026-01-01T00:00:01Z", "conditions": []}"#,
        ] {
            let fault: Fault = parse(text).unwrap_err().into();
            let code = (fault.code(), fault.status().as_u16());
            assert_eq!(code, ("InvalidPolicyDocument", 400), "{text}");
        }
        for condition in [
            "1",
            "{}",
            r#"{"a": 1}"#,
            r#"{"a": "1", "b": "2"}"#,
            "[]",
            r#"["eq", "$key"]"#,
            r#"["eq", "key", "a"]"#,
            r#"["ne", "$key", "a"]"#,
            r#"["eq", "$key", 1]"#,
            r#"["content-length-range", 0]"#,
            r#"["content-length-range", -1, 0]"#,
            r#"["content-length-range", 2, 1]"#,
        ] {
            let text = format!("{{{ends}, \"conditions\": [{condition}]}}");
            assert!(parse(&text).unwrap_err().to_string().contains("the condition"), "{condition}");
        }
        let not_base64 = PostPolicy::parse("{}").unwrap_err();
        assert!(matches!(not_base64, S3Error::InvalidPolicyDocument(_)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_policy_is_too_odd(text in "[\\[\\]{}\",:$\\\\a-z0-9. -]{0,60}", raw in "\\PC{0,40}") {
            let ends = r#""expiration": "2026-01-01T00:00:01Z""#;
            for text in [text.clone(), format!("{{{ends}, \"conditions\": [{text}]}}")] {
                if let Ok(policy) = parse(&text) {
                    let _ = policy.check(&form(&[("key", &raw)]), "bucket", NOW.parse().unwrap());
                }
            }
            let _ = PostPolicy::parse(&raw);
        }

        /// What a policy lets into one folder, no key can leave.
        #[test]
        fn a_prefix_is_kept(key in "\\PC{0,40}") {
            let policy = policy(r#"["starts-with", "$key", "me/"]"#);
            let form = form(&[("key", &key)]);
            let held = policy.check(&form, "bucket", NOW.parse().unwrap()).is_ok();
            prop_assert_eq!(held, key.starts_with("me/"));
        }
    }
}
