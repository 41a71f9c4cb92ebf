use std::fmt;

use types::{SignedDuration, Timestamp};

use crate::{
    CredentialScope, Mismatch, PRESIGNED_SECONDS_MAX, Signature, SignatureError, SigningKey,
    encoding::excerpt, presented::ALGORITHM, time,
};

/// What a form's fields claim of the policy that they were made for, read but not yet believed.
/// [`check`](Self::check) it.
///
/// The signature covers the policy's text and nothing else. Whether the form is as its policy says is
/// for whoever reads the policy.
///
/// Source: S3 API Reference, [*Authenticating Requests: Browser-Based Uploads Using POST*](
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html).
pub struct SignedForm<'a> {
    policy: &'a str,
    access_key_id: &'a str,
    scope: CredentialScope,
    signature: Signature,
    signed_at: Timestamp,
    session_token: Option<&'a str>,
}

/// Why the signature of a form cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedFormError {
    /// Signature Version 2, which is not served.
    #[error("the form has a signature of version 2; sign with {ALGORITHM}")]
    Version2,
    /// An algorithm other than AWS4-HMAC-SHA256.
    #[error("the signing algorithm {0:?} is not {ALGORITHM}")]
    Algorithm(String),
    /// Something that belongs to a signature is not there. The text is AWS's.
    #[error(
        "Bucket POST must contain a field named '{0}'.  If it is specified, please check the order \
         of the fields."
    )]
    Missing(&'static str),
    /// Something has another form than it must have.
    #[error("the field {name} is {value:?}, which is not {expected}")]
    Malformed {
        /// The field.
        name: &'static str,
        /// What it should have been, as a noun phrase.
        expected: &'static str,
        /// What it is, at most 200 characters; of a signature only its length.
        value: String,
    },
}

impl<'a> SignedForm<'a> {
    /// Reads what the form claims; `None` if it has neither policy nor signature. `field` finds the value
    /// of a field by its name in lower case.
    ///
    /// # Errors
    /// When it has only part of what belongs to a signature, or one that cannot be read.
    pub fn from_fields(
        field: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Option<Self>, SignedFormError> {
        let parts = ["policy", "x-amz-signature", "x-amz-credential", "x-amz-algorithm"];
        if field("awsaccesskeyid").is_some() {
            return Err(SignedFormError::Version2);
        }
        if parts.into_iter().all(|name| field(name).is_none()) {
            return Ok(None);
        }
        let required = |key: &str, name| field(key).ok_or(SignedFormError::Missing(name));
        let policy = required("policy", "policy")?;
        let algorithm = required("x-amz-algorithm", "X-Amz-Algorithm")?;
        if algorithm != ALGORITHM {
            return Err(SignedFormError::Algorithm(excerpt(algorithm.as_bytes())));
        }
        let malformed = |name, expected, value: &str| SignedFormError::Malformed {
            name,
            expected,
            value: excerpt(value.as_bytes()),
        };
        let text = required("x-amz-credential", "X-Amz-Credential")?;
        let (access_key_id, scope) = text
            .split_once('/')
            .filter(|(id, _)| !id.is_empty())
            .and_then(|(id, scope)| Some((id, scope.parse().ok()?)))
            .ok_or_else(|| {
                let expected = "KEY/YYYYMMDD/region/service/aws4_request";
                malformed("X-Amz-Credential", expected, text)
            })?;
        let text = required("x-amz-date", "X-Amz-Date")?;
        let signed_at = time::parse_basic(text.as_bytes())
            .ok_or_else(|| malformed("X-Amz-Date", "a time (YYYYMMDDTHHMMSSZ)", text))?;
        let text = required("x-amz-signature", "X-Amz-Signature")?;
        let signature = Signature::parse(text.as_bytes()).ok_or_else(|| {
            let length = format!("{} bytes", text.len());
            malformed("X-Amz-Signature", "64 lower-case hexadecimal digits", &length)
        })?;
        let session_token = field("x-amz-security-token");
        Ok(Some(Self { policy, access_key_id, scope, signature, signed_at, session_token }))
    }

    /// Whose key is said to have signed. Any text without `/`.
    #[must_use]
    pub fn access_key_id(&self) -> &'a str {
        self.access_key_id
    }

    /// The day, region and service that the signature is for.
    #[must_use]
    pub fn scope(&self) -> &CredentialScope {
        &self.scope
    }

    /// When the form says its policy was signed, to the second.
    #[must_use]
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// The session token that came with a temporary key. It is a secret of the caller's.
    #[must_use]
    pub fn session_token(&self) -> Option<&'a str> {
        self.session_token
    }

    /// Checks the signature with the key that belongs to the access key id and scope.
    ///
    /// It is good for seven days, as long as a signing key is, and not more than `window` before it was
    /// made, as clocks differ. The policy's own expiry is not looked at here.
    ///
    /// # Errors
    /// It is for another day than its scope, from the future or too old, or not what the key makes of the
    /// policy.
    pub fn check(
        &self,
        key: &SigningKey,
        window: SignedDuration,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let signed_at = self.signed_at;
        if !time::basic_format(signed_at).starts_with(self.scope.date()) {
            let scope = self.scope.date().to_owned();
            return Err(SignatureError::ScopeDate { scope, signed_at });
        }
        let age = now.duration_since(signed_at);
        if age < -window {
            return Err(SignatureError::OutsideWindow { signed_at, now, window });
        }
        let lifetime = SignedDuration::from_secs(i64::from(PRESIGNED_SECONDS_MAX));
        if age >= lifetime {
            let expires_at = signed_at.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
            return Err(SignatureError::Expired { signed_at, expires_at, now });
        }
        if key.sign(self.policy.as_bytes()) != self.signature {
            return Err(SignatureError::Mismatch(Box::new(Mismatch {
                canonical_request: Vec::new(),
                string_to_sign: self.policy.to_owned(),
            })));
        }
        Ok(())
    }
}

impl fmt::Debug for SignedForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedForm")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("signed_at", &self.signed_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::*;

    const WINDOW: SignedDuration = SignedDuration::from_mins(15);
    /// S3 API Reference, *Example: Browser-Based Upload using HTTP POST*: its lines end in CR LF.
    const POLICY: &str = "{ \"expiration\": \"2015-12-30T12:00:00.000Z\",\r\n  \"conditions\": [\r\n    \
        {\"bucket\": \"sigv4examplebucket\"},\r\n    [\"starts-with\", \"$key\", \"user/user1/\"],\r\n    \
        {\"acl\": \"public-read\"},\r\n    {\"success_action_redirect\": \
        \"http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html\"},\r\n    [\"starts-with\", \
        \"$Content-Type\", \"image/\"],\r\n    {\"x-amz-meta-uuid\": \"14365123651274\"},\r\n    \
        {\"x-amz-server-side-encryption\": \"AES256\"},\r\n    [\"starts-with\", \"$x-amz-meta-tag\", \
        \"\"],\r\n\r\n    {\"x-amz-credential\": \
        \"AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request\"},\r\n    {\"x-amz-algorithm\": \
        \"AWS4-HMAC-SHA256\"},\r\n    {\"x-amz-date\": \"20151229T000000Z\" }\r\n  ]\r\n}";
    const SIGNATURE: &str = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e";

    fn fields(changes: &[(&'static str, Option<&str>)]) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("key", "user/user1/a".to_owned()),
            ("policy", BASE64_STANDARD.encode(POLICY)),
            ("x-amz-algorithm", ALGORITHM.to_owned()),
            ("x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request".into()),
            ("x-amz-date", "20151229T000000Z".to_owned()),
            ("x-amz-signature", SIGNATURE.to_owned()),
        ];
        for (name, value) in changes {
            fields.retain(|(own, _)| own != name);
            fields.extend(value.map(|value| (*name, value.to_owned())));
        }
        fields
    }

    fn read<'a>(
        fields: &'a [(&'static str, String)],
    ) -> Result<Option<SignedForm<'a>>, SignedFormError> {
        SignedForm::from_fields(|name| {
            fields.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
        })
    }

    fn checked(fields: &[(&'static str, String)], secret: &str, now: &str) -> Option<String> {
        let form = read(fields).unwrap().unwrap();
        let key = SigningKey::derive(&secret.into(), form.scope());
        let checked = form.check(&key, WINDOW, now.parse().unwrap());
        checked.err().map(|error| format!("{error:?}").chars().take(8).collect())
    }

    #[test]
    fn the_published_example_is_accepted_and_nothing_else() {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let own = fields(&[]);
        assert_eq!(read(&own).unwrap().unwrap().access_key_id(), "AKIAIOSFODNN7EXAMPLE");
        for (now, expected) in [
            ("2015-12-29T00:00:00Z", None),
            ("2015-12-28T23:45:00Z", None),
            ("2015-12-28T23:44:59Z", Some("OutsideW")),
            ("2016-01-04T23:59:59Z", None),
            ("2016-01-05T00:00:00Z", Some("Expired ")),
        ] {
            assert_eq!(checked(&own, secret, now).as_deref(), expected, "{now}");
        }
        let now = "2015-12-29T00:00:00Z";
        assert_eq!(checked(&own, "another", now).as_deref(), Some("Mismatch"));
        let policy = BASE64_STANDARD.encode(POLICY.replace("user1", "user2"));
        let altered = fields(&[("policy", Some(policy.as_str()))]);
        assert_eq!(checked(&altered, secret, now).as_deref(), Some("Mismatch"));
        let other_day = fields(&[("x-amz-date", Some("20151230T000000Z"))]);
        assert_eq!(checked(&other_day, secret, now).as_deref(), Some("ScopeDat"));
    }

    #[test]
    fn half_a_signature_is_none() {
        assert!(read(&[("key", "a".to_owned())]).unwrap().is_none());
        for (name, spelt) in [
            ("policy", "policy"),
            ("x-amz-algorithm", "X-Amz-Algorithm"),
            ("x-amz-credential", "X-Amz-Credential"),
            ("x-amz-date", "X-Amz-Date"),
            ("x-amz-signature", "X-Amz-Signature"),
        ] {
            let error = read(&fields(&[(name, None)])).unwrap_err();
            assert_eq!(error, SignedFormError::Missing(spelt));
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (name, value, expected) in [
            ("awsaccesskeyid", "AKIAIOSFODNN7EXAMPLE", "version 2"),
            ("x-amz-algorithm", "AWS4-ECDSA-P256-SHA256", "AWS4-ECDSA"),
            ("x-amz-credential", "AKIAIOSFODNN7EXAMPLE", "X-Amz-Credential"),
            ("x-amz-credential", "/20151229/us-east-1/s3/aws4_request", "X-Amz-Credential"),
            ("x-amz-date", "2015-12-29T00:00:00Z", "X-Amz-Date"),
            ("x-amz-signature", "8AFD", "4 bytes"),
        ] {
            let error = read(&fields(&[(name, Some(value))])).unwrap_err().to_string();
            assert!(error.contains(expected), "{name}: {error}");
        }
    }
}
