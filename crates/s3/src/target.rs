//! The bucket and object that a request is about.

use gate::{Authorized, Need, On};
use objects::{Bucket, Versioned};

use crate::error::S3Error;

/// The bucket that was decided on, if it belongs to whom the caller expects
/// (`x-amz-expected-bucket-owner`).
///
/// Source: S3 User Guide, *Verifying bucket ownership with bucket owner condition*.
pub(crate) fn decided_bucket<'a, O: wire::Operation>(
    request: &'a Authorized<O>,
    name: &str,
    expected_owner: Option<&str>,
) -> Result<&'a Versioned<Bucket>, S3Error> {
    let bucket = request.bucket(name);
    let bucket = bucket.ok_or_else(|| S3Error::NoSuchBucket { bucket: name.to_owned() })?;
    match expected_owner {
        Some(expected) if expected != bucket.value.owner.as_str() => Err(S3Error::AccessDenied),
        _ => Ok(bucket),
    }
}

/// What to say of a key under which there is nothing: that only who may list may know.
///
/// Source: S3 API Reference, `GetObject`, *Permissions*. Whoever may list with some `s3:prefix` only is
/// not asked about it, since the request has none.
pub(crate) async fn missing_key<O: wire::Operation>(
    request: &Authorized<O>,
    bucket: &str,
    key: &str,
) -> S3Error {
    let list = Need::new("s3:ListBucket", On::Bucket(bucket.to_owned()));
    if request.may(&list).await {
        S3Error::NoSuchKey { key: key.to_owned() }
    } else {
        S3Error::AccessDenied
    }
}

/// Refuses ids of versions that cannot be ours: there is only the one called `null`.
pub(crate) fn check_version_id(version_id: Option<&str>) -> Result<(), S3Error> {
    match version_id {
        None | Some("null") => Ok(()),
        Some(other) => Err(S3Error::InvalidArgument {
            name: "versionId",
            value: other.chars().take(100).collect(),
            message: "Invalid version id specified",
        }),
    }
}

/// The need to do something to an object, or to one version of it.
pub(crate) fn object_need(
    plain: &'static str,
    of_version: &'static str,
    bucket: &str,
    key: &str,
    version_id: Option<&str>,
) -> Need {
    let on = On::Object { bucket: bucket.to_owned(), key: key.to_owned() };
    match version_id {
        None => Need::new(plain, on),
        Some(id) => Need::new(of_version, on).with("s3:versionid", id.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn only_the_null_version_is_known() {
        assert!(check_version_id(None).is_ok());
        assert!(check_version_id(Some("null")).is_ok());
        for other in ["", "Null", "3HL4kqtJlcpXrof3"] {
            let fault: Fault = check_version_id(Some(other)).unwrap_err().into();
            assert_eq!((fault.code(), fault.status().as_u16()), ("InvalidArgument", 400));
        }
    }

    #[test]
    fn a_version_takes_the_action_of_versions() {
        let need = |version| object_need("s3:GetObject", "s3:GetObjectVersion", "b", "k", version);
        assert_eq!(need(None).action, "s3:GetObject");
        assert!(need(None).keys.is_empty());
        let of_version = need(Some("null"));
        assert_eq!(of_version.action, "s3:GetObjectVersion");
        assert_eq!(of_version.keys, [("s3:versionid", "null".into())]);
        assert_eq!(of_version.on.resource(), "arn:aws:s3:::b/k");
    }
}
