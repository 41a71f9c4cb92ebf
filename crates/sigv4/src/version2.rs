//! Signature Version 2, as S3 takes it to this day: by header, by query and in a form.
//!
//! boto3 presigns with it by itself in the older regions, `us-east-1` among them. It covers less than
//! Version 4: neither the host nor the body, and of the query only what is listed here.
//!
//! Source: S3 API Reference, [*Signing and authenticating REST requests (AWS signature version 2)*](
//! https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html).

use std::{borrow::Cow, fmt};

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use types::{SecretString, SignedDuration, Timestamp};

use crate::{Mismatch, Place, Request, SignatureError, encoding::excerpt, time};

/// The parameters that are part of what is signed: those that choose another operation, part or version,
/// and those that override headers of the answer. In ascending order.
const SIGNED_PARAMETERS: [&str; 35] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// The parameters that anyone may change: those that narrow a listing, and what signs. Any other chooses
/// an operation that clients of Version 2 do not know, and would be as good as unsigned.
const FREE_PARAMETERS: [&str; 21] = [
    "AWSAccessKeyId",
    "Expires",
    "Signature",
    "content-md5",
    "content-type",
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "key-marker",
    "list-type",
    "marker",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "prefix",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
    "x-id",
];

/// What a request claims by a signature of Version 2, read but not yet believed. [`check`](Self::check) it.
pub struct Version2<'a> {
    access_key_id: Cow<'a, str>,
    session_token: Option<Cow<'a, str>>,
    signature: Vec<u8>,
    validity: Validity,
    string_to_sign: Vec<u8>,
}

/// For how long a signature is good.
#[derive(Debug, Clone, Copy)]
enum Validity {
    /// Around the time that it says.
    At(Timestamp),
    /// Up to this time.
    Until(Timestamp),
    /// As the policy of the form says that it signs.
    AsPolicySays,
}

/// Why a signature of Version 2 cannot be read. Where AWS has words for it, they are these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Version2Error {
    /// An `Authorization` header and a presigned query at once.
    #[error(
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query \
         string parameter or the Authorization header should be specified"
    )]
    BothPlaces,
    /// The `Authorization` header.
    #[error("AWS authorization header is invalid.  Expected AwsAccessKeyId:signature")]
    Header,
    /// A presigned query that has only part of what belongs to it.
    #[error(
        "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
    )]
    Query,
    /// The time until which a query is good.
    #[error("Invalid date (should be seconds since epoch): {0}")]
    Expires(String),
    /// The time of a request signed by header.
    #[error("AWS authentication requires a valid Date or x-amz-date header")]
    Date,
    /// A form that has only part of what belongs to a signature.
    #[error(
        "Bucket POST must contain a field named '{0}'.  If it is specified, please check the order \
         of the fields."
    )]
    Field(&'static str),
    /// A parameter that a signature of Version 2 does not cover.
    #[error("a signature of version 2 does not cover the parameter {0}; sign with version 4")]
    Parameter(String),
}

impl<'a> Version2<'a> {
    /// Reads a request that [`Presented`](crate::Presented) found to be signed so. `bucket_in_host` is the
    /// bucket, if the host names it.
    ///
    /// # Errors
    /// When it cannot be read, or has a parameter that such a signature does not cover.
    pub fn from_request(
        request: &Request<'a>,
        bucket_in_host: Option<&str>,
    ) -> Result<Self, Version2Error> {
        let parameters: Vec<(String, String)> = request
            .query_pairs()
            .map(|(name, value)| (text(&name).into_owned(), text(&value).into_owned()))
            .collect();
        let parameter = |name: &str| {
            parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
        };
        for (at, (name, _)) in parameters.iter().enumerate() {
            let known = SIGNED_PARAMETERS.contains(&name.as_str())
                || FREE_PARAMETERS.contains(&name.as_str())
                || name.starts_with("x-amz-");
            let before = parameters.iter().take(at).any(|(own, _)| own == name);
            if !known || before {
                return Err(Version2Error::Parameter(excerpt(name.as_bytes())));
            }
        }
        let in_query = parameter("AWSAccessKeyId").is_some() || parameter("Signature").is_some();
        let header = request.values("authorization").next();
        let (access_key_id, signature, validity, date) = match (header, in_query) {
            (Some(_), true) => return Err(Version2Error::BothPlaces),
            (Some(header), false) => {
                let (id, signature) = std::str::from_utf8(header)
                    .ok()
                    .and_then(|text| text.strip_prefix("AWS ")?.trim().split_once(':'))
                    .filter(|(id, _)| !id.is_empty())
                    .ok_or(Version2Error::Header)?;
                let (date, signed_at) = date(request)?;
                (Cow::Borrowed(id), signature.to_owned(), Validity::At(signed_at), date)
            }
            (None, _) => {
                let required = |name| parameter(name).ok_or(Version2Error::Query);
                let expires = required("Expires")?;
                let until = expires
                    .parse()
                    .ok()
                    .and_then(|seconds| Timestamp::from_second(seconds).ok())
                    .ok_or_else(|| Version2Error::Expires(excerpt(expires.as_bytes())))?;
                let id = Cow::Owned(required("AWSAccessKeyId")?.to_owned());
                let signature = required("Signature")?.to_owned();
                (id, signature, Validity::Until(until), expires.to_owned())
            }
        };
        let token = request.values("x-amz-security-token").next().map(text);
        let session_token =
            token.or_else(|| parameter("x-amz-security-token").map(|t| Cow::Owned(t.to_owned())));
        let string_to_sign = string_to_sign(request, bucket_in_host, &parameters, &date);
        let signature = decoded(&signature);
        Ok(Self { access_key_id, session_token, signature, validity, string_to_sign })
    }

    /// Reads the fields of a form that [`SignedForm`](crate::SignedForm) found to be signed so: `policy` is
    /// what is signed. `field` finds the value of a field by its name in lower case.
    ///
    /// # Errors
    /// When it has only part of what belongs to a signature.
    pub fn from_fields(field: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Version2Error> {
        let required = |key: &str, name| field(key).ok_or(Version2Error::Field(name));
        Ok(Self {
            access_key_id: required("awsaccesskeyid", "AWSAccessKeyId")?.into(),
            session_token: field("x-amz-security-token").map(Cow::Borrowed),
            signature: decoded(required("signature", "signature")?),
            validity: Validity::AsPolicySays,
            string_to_sign: required("policy", "policy")?.as_bytes().to_vec(),
        })
    }

    /// Where the signature was; `None` if it is a form's.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match self.validity {
            Validity::At(_) => Some(Place::Header),
            Validity::Until(_) => Some(Place::Query),
            Validity::AsPolicySays => None,
        }
    }

    /// Whose key is said to have signed.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The session token that came with a temporary key. It is a secret of the caller's.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// Checks the signature with the secret that belongs to the access key id.
    ///
    /// # Errors
    /// A request signed by header more than `window` from `now`; a query past its time; a signature that
    /// the secret does not make. Conditions are checked before the signature itself.
    pub fn check(
        &self,
        secret: &SecretString,
        window: SignedDuration,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        match self.validity {
            Validity::At(signed_at) if now.duration_since(signed_at).abs() > window => {
                return Err(SignatureError::OutsideWindow { signed_at, now, window });
            }
            Validity::Until(expires_at) if now >= expires_at => {
                return Err(SignatureError::Expired { signed_at: now, expires_at, now });
            }
            Validity::At(_) | Validity::Until(_) | Validity::AsPolicySays => {}
        }
        let is_right = Hmac::<Sha1>::new_from_slice(secret.expose().as_bytes()).is_ok_and(|mac| {
            mac.chain_update(&self.string_to_sign).verify_slice(&self.signature).is_ok()
        });
        if is_right {
            return Ok(());
        }
        Err(SignatureError::Mismatch(Box::new(Mismatch {
            canonical_request: Vec::new(),
            string_to_sign: String::from_utf8_lossy(&self.string_to_sign).into_owned(),
        })))
    }
}

impl fmt::Debug for Version2<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Version2")
            .field("place", &self.place())
            .field("access_key_id", &self.access_key_id)
            .field("validity", &self.validity)
            .finish_non_exhaustive()
    }
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The bytes of a signature; of what is none, nothing, which no secret makes.
fn decoded(signature: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(signature).unwrap_or_default()
}

/// What stands for the date in the string to sign, and the time that it says. Of `x-amz-date`, which is
/// signed as a header, nothing stands there.
fn date(request: &Request<'_>) -> Result<(String, Timestamp), Version2Error> {
    let own = request.values("x-amz-date").next();
    let value = own.or_else(|| request.values("date").next()).ok_or(Version2Error::Date)?;
    let signed_at = time::parse_date_header(value).ok_or(Version2Error::Date)?;
    let date = if own.is_some() { String::new() } else { text(value).into_owned() };
    Ok((date, signed_at))
}

/// What is signed: method, positional headers, `x-amz-` headers, resource.
fn string_to_sign(
    request: &Request<'_>,
    bucket_in_host: Option<&str>,
    parameters: &[(String, String)],
    date: &str,
) -> Vec<u8> {
    let positional = |name: &str| request.values(name).next().unwrap_or_default();
    let mut signed = request.method.as_bytes().to_vec();
    for part in [positional("content-md5"), positional("content-type"), date.as_bytes()] {
        signed.push(b'\n');
        signed.extend_from_slice(part);
    }
    signed.push(b'\n');
    let is_own = |name: &str| name.starts_with("x-amz-");
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim_ascii().to_vec()));
    let mut own: Vec<(String, Vec<u8>)> = headers.filter(|(name, _)| is_own(name)).collect();
    for (name, value) in parameters.iter().filter(|(name, _)| is_own(name)) {
        // A header that is there as well says it anew.
        if request.values(name).next().is_none() {
            own.push((name.clone(), value.as_bytes().to_vec()));
        }
    }
    // Stable: lines of one header stay in the order sent, and are joined.
    own.sort_by(|(a, _), (b, _)| a.cmp(b));
    for group in own.chunk_by(|(a, _), (b, _)| a == b) {
        let Some((name, _)) = group.first() else { continue };
        let values: Vec<&[u8]> = group.iter().map(|(_, value)| value.as_slice()).collect();
        signed.extend_from_slice(name.as_bytes());
        signed.push(b':');
        signed.extend_from_slice(&values.join(&b','));
        signed.push(b'\n');
    }
    if let Some(bucket) = bucket_in_host {
        signed.push(b'/');
        signed.extend_from_slice(bucket.as_bytes());
    }
    signed.extend_from_slice(request.path.as_bytes());
    let mut separator = b'?';
    for name in SIGNED_PARAMETERS {
        let Some((_, value)) = parameters.iter().find(|(own, _)| own == name) else { continue };
        signed.push(separator);
        signed.extend_from_slice(name.as_bytes());
        if !value.is_empty() {
            signed.push(b'=');
            signed.extend_from_slice(value.as_bytes());
        }
        separator = b'&';
    }
    signed
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const WINDOW: SignedDuration = SignedDuration::from_mins(15);

    fn checked(
        (method, path, query): (&str, &str, &str),
        headers: &[(&str, &str)],
        bucket_in_host: Option<&str>,
        now: Timestamp,
    ) -> Result<(), String> {
        let headers: Vec<(&str, &[u8])> =
            headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let request = Request { method, path, query, headers: &headers };
        let read = Version2::from_request(&request, bucket_in_host);
        let read = read.map_err(|error| error.to_string())?;
        assert_eq!(read.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
        read.check(&SECRET.into(), WINDOW, now).map_err(|error| match error {
            SignatureError::Mismatch(mismatch) => mismatch.string_to_sign,
            other => other.to_string(),
        })
    }

    fn signed(signature: &str) -> String {
        format!("AWS AKIAIOSFODNN7EXAMPLE:{signature}")
    }

    /// S3 Developer Guide, *Signing and Authenticating REST Requests*, *Authentication Examples*.
    #[test]
    fn the_published_examples_are_accepted() {
        let host = Some("johnsmith");
        for (request, headers, signature) in [
            (
                ("GET", "/photos/puppy.jpg", ""),
                &[("Date", "Tue, 27 Mar 2007 19:36:42 +0000")][..],
                "bWq2s1WEIj+Ydj0vQ697zp+IXMU=",
            ),
            (
                ("PUT", "/photos/puppy.jpg", ""),
                &[
                    ("Content-Type", "image/jpeg"),
                    ("Content-Length", "94328"),
                    ("Date", "Tue, 27 Mar 2007 21:15:45 +0000"),
                ],
                "MyyxeRY7whkBe+bq8fHCL/2kKUg=",
            ),
            (
                ("GET", "/", "prefix=photos&max-keys=50&marker=puppy"),
                &[("User-Agent", "Mozilla/5.0"), ("Date", "Tue, 27 Mar 2007 19:42:41 +0000")],
                "htDYFYduRNen8P9ZfE/s9SuKy0U=",
            ),
            (
                ("GET", "/", "acl"),
                &[("Date", "Tue, 27 Mar 2007 19:44:46 +0000")],
                "c2WLPFtWHVgbEmeEG93a4cG37dM=",
            ),
            (
                ("GET", "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re", ""),
                &[("Date", "Wed, 28 Mar 2007 01:49:49 +0000")],
                "DNEZGsoieTZ92F3bUfSPQcbGmlM=",
            ),
        ] {
            let date = headers.last().unwrap().1;
            let now = time::parse_date_header(date.as_bytes()).unwrap();
            let host = if request.1.starts_with("/dictionary") { None } else { host };
            let authorization = signed(signature);
            let headers = [headers, &[("Authorization", authorization.as_str())]].concat();
            assert_eq!(checked(request, &headers, host, now), Ok(()), "{request:?}");
            for minutes in [-16, 16] {
                let other = now + SignedDuration::from_mins(minutes);
                assert!(checked(request, &headers, host, other).is_err(), "{minutes}");
            }
            assert!(checked(request, &headers, Some("another"), now).is_err());
        }
    }

    #[test]
    fn the_published_query_is_accepted_until_its_time() {
        let query = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620\
                     &Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D";
        let request = ("GET", "/photos/puppy.jpg", query);
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(checked(request, &[], Some("johnsmith"), at(1_175_139_619)), Ok(()));
        assert_eq!(checked(request, &[], Some("johnsmith"), at(0)), Ok(()));
        let over = checked(request, &[], Some("johnsmith"), at(1_175_139_620)).unwrap_err();
        assert!(over.contains("expired"), "{over}");
        let later = query.replace("1175139620", "1175139621");
        let altered = ("GET", "/photos/puppy.jpg", later.as_str());
        assert!(checked(altered, &[], Some("johnsmith"), at(0)).is_err());
    }

    #[test]
    fn what_is_signed_is_in_its_order() {
        let query = "uploadId=a%2Bb&partNumber=1&prefix=x&AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE\
                     &Expires=9&Signature=x&x-amz-meta-b=2&x-amz-meta-a=4&content-type=text%2Fhtml";
        let headers = [
            ("X-Amz-Meta-A", " 1 "),
            ("x-amz-meta-a", "3"),
            ("content-md5", "m"),
            ("Content-Type", "text/plain"),
        ];
        let string_to_sign = checked(("PUT", "/b/k", query), &headers, None, Timestamp::MIN);
        let expected = "PUT\nm\ntext/plain\n9\nx-amz-meta-a:1,3\nx-amz-meta-b:2\n\
                        /b/k?partNumber=1&uploadId=a+b";
        assert_eq!(string_to_sign, Err(expected.to_owned()));
    }

    #[test]
    fn what_would_not_be_signed_is_refused() {
        let signs = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=9&Signature=x";
        for (query, expected) in [
            (format!("{signs}&publicAccessBlock"), "publicAccessBlock"),
            (format!("{signs}&attributes="), "attributes"),
            (format!("{signs}&acl&acl"), "acl"),
            (format!("{signs}&anything=1"), "anything"),
            ("AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=9".to_owned(), "Signature, Expires"),
            (signs.replace("Expires=9", "Expires=soon"), "soon"),
        ] {
            let found = checked(("GET", "/b", &query), &[], None, Timestamp::MIN).unwrap_err();
            assert!(found.contains(expected), "{query}: {found}");
        }
        let authorization = signed("x");
        for (headers, query, expected) in [
            (&[("authorization", "AWS HAHAHA")][..], "", "AwsAccessKeyId:signature"),
            (&[("authorization", authorization.as_str())], "", "valid Date"),
            (&[("authorization", authorization.as_str()), ("date", "Bad")], "", "valid Date"),
            (&[("authorization", authorization.as_str())], signs, "Only one"),
        ] {
            let found = checked(("GET", "/b", query), headers, None, Timestamp::MIN).unwrap_err();
            assert!(found.contains(expected), "{headers:?}: {found}");
        }
    }

    #[test]
    fn a_form_signs_its_policy() {
        let form = |signature: &'static str| {
            Version2::from_fields(move |name| match name {
                "awsaccesskeyid" => Some("AKIAIOSFODNN7EXAMPLE"),
                "policy" => Some("eyJhIjoxfQ=="),
                "signature" => Some(signature),
                _ => None,
            })
            .unwrap()
        };
        // By OpenSSL: `openssl dgst -sha1 -hmac SECRET -binary | base64`.
        let right = form("0x1e/mguux7FcW60ms9P29wyA7w=");
        right.check(&SECRET.into(), WINDOW, Timestamp::MAX).unwrap();
        assert!(right.check(&"other".into(), WINDOW, Timestamp::MAX).is_err());
        for wrong in ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "not base64"] {
            assert!(form(wrong).check(&SECRET.into(), WINDOW, Timestamp::MAX).is_err());
        }
        let error = Version2::from_fields(|name| (name == "policy").then_some("p")).unwrap_err();
        assert_eq!(error, Version2Error::Field("AWSAccessKeyId"));
    }
}
