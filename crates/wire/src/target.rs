//! Which bucket and key an S3 request names.

use crate::{Fault, NotDecodable, Refusal, RequestParts, Service, decode_percent, s3::ErrorCode};

/// The bucket and key of an S3 request.
///
/// A key is everything behind the bucket's slash, percent-decoded exactly once and otherwise taken
/// literally: `..`, `//`, a trailing `/` and `+` stand for themselves, so no key can reach another
/// ([S3 User Guide, *Naming
/// objects*](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Target {
    /// The bucket; absent for the service itself (`ListBuckets`).
    pub bucket: Option<String>,
    /// The key, never empty; absent for the bucket itself.
    pub key: Option<String>,
}

impl S3Target {
    /// The target that host and path name.
    ///
    /// # Errors
    /// `InvalidURI` if the path does not begin with `/` or is not percent-encoded UTF-8,
    /// `InvalidBucketName` if the bucket has a character that no bucket's name has. A `/` above all:
    /// as part of an ARN, such a bucket would look like another's object.
    pub fn of(request: &RequestParts<'_>) -> Result<Self, Fault> {
        let path = request.path.strip_prefix('/').ok_or_else(unreadable)?;
        let (bucket, key) = match request.bucket_in_host {
            Some(bucket) => (bucket, path),
            None => path.split_once('/').unwrap_or((path, "")),
        };
        let present = |raw: &str| -> Result<Option<String>, Fault> {
            let text = decode_percent(raw).map_err(|NotDecodable| unreadable())?;
            Ok((!text.is_empty()).then(|| text.into_owned()))
        };
        let target = Self { bucket: present(bucket)?, key: present(key)? };
        match &target.bucket {
            Some(bucket) => check_bucket(bucket)?,
            None if target.key.is_some() => return Err(unreadable()),
            None => {}
        }
        Ok(target)
    }
}

/// Refuses characters that not even the names of the oldest buckets have
/// ([S3 User Guide, *Bucket naming
/// rules*](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html)).
fn check_bucket(bucket: &str) -> Result<(), Fault> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if bucket.bytes().all(legal) {
        return Ok(());
    }
    let fault = Fault::new(ErrorCode::InvalidBucketName, "The specified bucket is not valid.");
    Err(fault.with("BucketName", bucket))
}

fn unreadable() -> Fault {
    Refusal::UnreadableUri.fault(Service::S3, "Couldn't parse the specified URI.")
}

/// What `x-amz-copy-source` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopySource {
    /// The bucket.
    pub bucket: String,
    /// The key, read as in [`S3Target`].
    pub key: String,
    /// The version, from `?versionId=`.
    pub version_id: Option<String>,
}

impl CopySource {
    /// Reads the header's value: `BUCKET/KEY`, percent-encoded, with or without a slash before it
    /// ([S3 API Reference,
    /// *CopyObject*](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html)).
    ///
    /// # Errors
    /// `InvalidArgument` or `InvalidBucketName` if it is anything else; access point ARNs are not
    /// served.
    pub fn parse(value: &str) -> Result<Self, Fault> {
        let wrong = || {
            let message = "Copy Source must mention the source bucket and key: \
                           sourcebucket/sourcekey";
            Refusal::InvalidValue.fault(Service::S3, message)
        };
        let decoded = |raw| decode_percent(raw).map(String::from).map_err(|NotDecodable| wrong());
        // The decoded text is split where the encoded one is: a `?` of the key travels as %3F.
        let (path, version_id) = match value.split_once("?versionId=") {
            Some((path, version_id)) => (path, Some(decoded(version_id)?)),
            None => (value, None),
        };
        let path = path.strip_prefix('/').unwrap_or(path);
        // Some clients encode the slash behind the bucket too.
        let path = decoded(path)?;
        let (bucket, key) = path.split_once('/').ok_or_else(wrong)?;
        if bucket.is_empty() || key.is_empty() || version_id.as_deref() == Some("") {
            return Err(wrong());
        }
        check_bucket(bucket)?;
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned(), version_id })
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};
    use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
    use proptest::prelude::*;

    use super::*;

    fn target(bucket_in_host: Option<&str>, path: &str) -> Result<S3Target, Fault> {
        let headers = HeaderMap::new();
        let method = &Method::GET;
        S3Target::of(&RequestParts {
            method,
            path,
            bucket_in_host,
            query: vec![],
            headers: &headers,
        })
    }

    #[test]
    fn keys_are_decoded_once_and_taken_literally() {
        let table = [
            (None, "/", None, None),
            (None, "/bucket", Some("bucket"), None),
            (None, "/bucket/", Some("bucket"), None),
            (None, "/bucket/key", Some("bucket"), Some("key")),
            (None, "/bucket//", Some("bucket"), Some("/")),
            (None, "/bucket//a//b/", Some("bucket"), Some("/a//b/")),
            (None, "/bucket/me/../other/x", Some("bucket"), Some("me/../other/x")),
            (None, "/bucket/me/%2e%2e/other", Some("bucket"), Some("me/../other")),
            (None, "/bucket/me/%252e%252e/x", Some("bucket"), Some("me/%2e%2e/x")),
            (None, "/bucket/a+b%2Bc%20d", Some("bucket"), Some("a+b+c d")),
            (None, "/bucket/us-east-1%3Aid/%C3%A4", Some("bucket"), Some("us-east-1:id/ä")),
            (None, "/b%75cket/key", Some("bucket"), Some("key")),
            (Some("bucket"), "/", Some("bucket"), None),
            (Some("bucket"), "/key", Some("bucket"), Some("key")),
            (Some("bucket"), "//key", Some("bucket"), Some("/key")),
            (Some("bucket"), "/bucket/key", Some("bucket"), Some("bucket/key")),
        ];
        for (host, path, bucket, key) in table {
            let target = target(host, path).unwrap();
            assert_eq!((target.bucket.as_deref(), target.key.as_deref()), (bucket, key), "{path}");
        }
    }

    #[test]
    fn what_is_not_percent_encoded_utf8_is_an_invalid_uri() {
        for path in
            ["", "bucket/key", "/b/%", "/b/%2", "/b/%zz", "/b/%+1", "/b/%ff", "/%C3/k", "//k"]
        {
            let fault = target(None, path).unwrap_err();
            assert_eq!((fault.code(), fault.status().as_u16()), ("InvalidURI", 400), "{path}");
        }
    }

    #[test]
    fn a_bucket_never_looks_like_an_object() {
        for path in ["/bucket%2Fkey", "/bucket%2Fme/key", "/b%20", "/*/key", "/b%00", "/%24%7Bb%7D"]
        {
            assert_eq!(target(None, path).unwrap_err().code(), "InvalidBucketName", "{path}");
        }
        assert_eq!(target(Some("a/b"), "/key").unwrap_err().code(), "InvalidBucketName");
        assert_eq!(CopySource::parse("*/key").unwrap_err().code(), "InvalidBucketName");
    }

    #[test]
    fn copy_sources_are_read() {
        let table = [
            ("bucket/key", "key", None),
            ("/bucket/key", "key", None),
            ("bucket%2Fa/b", "a/b", None),
            ("/bucket/a%3Fb%2Bc+d", "a?b+c+d", None),
            ("bucket/key?versionId=v1", "key", Some("v1")),
            ("bucket/%252e", "%2e", None),
        ];
        for (value, key, version_id) in table {
            let source = CopySource::parse(value).unwrap();
            assert_eq!(source.bucket, "bucket", "{value}");
            assert_eq!((source.key.as_str(), source.version_id.as_deref()), (key, version_id));
        }
        for value in ["", "/", "bucket", "bucket/", "//key", "bucket/%f", "bucket/k?versionId="] {
            assert_eq!(CopySource::parse(value).unwrap_err().code(), "InvalidArgument", "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_key_comes_back_from_its_encoding(key in "\\PC{1,64}", host: bool) {
            let encoded = percent_encode(key.as_bytes(), NON_ALPHANUMERIC);
            let read = if host {
                target(Some("b"), &format!("/{encoded}"))
            } else {
                target(None, &format!("/b/{encoded}"))
            };
            prop_assert_eq!(read.unwrap().key, Some(key));
        }

        #[test]
        fn no_text_is_too_odd(path in "\\PC{0,64}", value in "[%/0-9a-fA-F?+]{0,32}") {
            let _ = target(None, &path);
            let _ = target(Some("b"), &format!("/{value}"));
            let _ = CopySource::parse(&value);
            let _ = crate::decode_form(&value);
        }
    }
}
