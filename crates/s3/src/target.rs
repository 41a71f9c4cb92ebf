//! The bucket and object that a request is about.

use gate::{Authorized, Need, On};
use objects::{
    Bucket, DeleteMarker, Object, ObjectKey, ObjectVersion, VersionId, Versioned, Versioning,
};

use crate::{S3, error::S3Error};

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

/// The object that is asked for: the current one under the key, or a version of it.
///
/// Sources: S3 API Reference, `GetObject`, *Permissions* and `versionId`; S3 User Guide, *Working with
/// delete markers*.
pub(crate) async fn find_object<O: wire::Operation>(
    s3: &S3,
    request: &Authorized<O>,
    bucket: &Bucket,
    key: &str,
    version_id: Option<VersionId>,
) -> Result<Versioned<Object>, S3Error> {
    let name = key.parse()?;
    let found = match version_id {
        None => s3.objects.current(bucket, &name).await?,
        Some(id) => s3.objects.version(bucket, &name, id).await?,
    };
    match found {
        Some(Versioned { version, value: ObjectVersion::Object(value) }) => {
            match request.existing_tags(bucket.name.as_str(), key) {
                // Others changed them since they were looked at.
                Some(tags) if *tags != value.tags => Err(S3Error::BucketChanged),
                _ => Ok(Versioned { version, value }),
            }
        }
        Some(Versioned { value: ObjectVersion::DeleteMarker(marker), .. }) => {
            let DeleteMarker { version_id: id, last_modified, .. } = marker;
            Err(match version_id {
                Some(_) => {
                    let method = O::ID.s3_method().unwrap_or_default();
                    S3Error::DeleteMarker { method, version_id: id, last_modified }
                }
                None => missing(request, bucket, key, None, Some(id)).await,
            })
        }
        None => Err(missing(request, bucket, key, version_id, None).await),
    }
}

/// What to say of a key under which there is nothing: that only who may list may know.
pub(crate) async fn missing_key<O: wire::Operation>(
    request: &Authorized<O>,
    bucket: &Bucket,
    key: &str,
) -> S3Error {
    missing(request, bucket, key, None, None).await
}

/// Whoever may list with some `s3:prefix` only is not asked about it, since the request has none.
async fn missing<O: wire::Operation>(
    request: &Authorized<O>,
    bucket: &Bucket,
    key: &str,
    version_id: Option<VersionId>,
    delete_marker: Option<VersionId>,
) -> S3Error {
    let list = Need::new("s3:ListBucket", On::Bucket(bucket.name.to_string()));
    if !request.may(&list).await {
        return S3Error::AccessDenied;
    }
    let key = key.to_owned();
    match version_id {
        None => S3Error::NoSuchKey { key, delete_marker },
        Some(version_id) => S3Error::NoSuchVersion { key, version_id },
    }
}

/// What to say of a deletion whose condition does not hold: that there is nothing, only to who may list.
///
/// Source: S3 User Guide, *How to perform conditional deletes*.
pub(crate) async fn unmet<O: wire::Operation>(
    s3: &S3,
    request: &Authorized<O>,
    bucket: &Bucket,
    key: &str,
) -> S3Error {
    let current = match key.parse() {
        Ok(name) => s3.objects.current(bucket, &name).await,
        Err(error) => return S3Error::from(error),
    };
    let failed = S3Error::Condition { condition: "If-Match" };
    match current {
        Err(error) => error.into(),
        Ok(Some(Versioned { value: ObjectVersion::Object(_), .. })) => failed,
        Ok(marker) => match missing_key(request, bucket, key).await {
            S3Error::NoSuchKey { .. } if marker.is_some() => failed,
            missing => missing,
        },
    }
}

/// The version that a request names, if it does.
pub(crate) fn version_id(text: Option<&str>) -> Result<Option<VersionId>, S3Error> {
    let Some(text) = text else { return Ok(None) };
    let id = text.parse().map_err(|_| S3Error::InvalidArgument {
        name: "versionId",
        value: text.chars().take(100).collect(),
        message: "Invalid version id specified",
    })?;
    Ok(Some(id))
}

/// The version that was written, as the answer to its writer names it: only one that has an id of its own.
///
/// Source: S3 API Reference, `PutObject`, `x-amz-version-id`.
pub(crate) fn written_version(id: VersionId) -> Option<String> {
    matches!(id, VersionId::Unique(_)).then(|| id.to_string())
}

/// The version as an answer names it: not at all if the bucket never kept versions.
pub(crate) fn shown_version(bucket: &Bucket, id: VersionId) -> Option<String> {
    (bucket.versioning != Versioning::Off).then(|| id.to_string())
}

/// The need to do something to a bucket.
pub(crate) fn bucket_need(action: &'static str, bucket: &str) -> Need {
    Need::new(action, On::Bucket(bucket.to_owned()))
}

/// The same as [`object_need`], for actions whose policies can look at the tags of the object.
///
/// Source: Service Authorization Reference, *Amazon S3*, `s3:ExistingObjectTag/<key>`.
pub(crate) fn existing_object_need(
    plain: &'static str,
    of_version: &'static str,
    bucket: &str,
    key: &str,
    named_version: Option<&str>,
) -> Result<Need, S3Error> {
    let need = object_need(plain, of_version, bucket, key, named_version)?;
    Ok(need.with_existing_object(version_id(named_version)?))
}

/// The need to do something to an object, or to one version of it.
pub(crate) fn object_need(
    plain: &'static str,
    of_version: &'static str,
    bucket: &str,
    key: &str,
    named_version: Option<&str>,
) -> Result<Need, S3Error> {
    key.parse::<ObjectKey>()?;
    let on = On::Object { bucket: bucket.to_owned(), key: key.to_owned() };
    Ok(match version_id(named_version)? {
        None => Need::new(plain, on),
        Some(id) => Need::new(of_version, on).with("s3:versionid", id.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn what_is_no_version_id_is_refused() {
        assert_eq!(version_id(None).unwrap(), None);
        assert_eq!(version_id(Some("null")).unwrap(), Some(VersionId::Null));
        for other in ["", "Null", "3HL4kqtJlcpXrof3"] {
            let fault: Fault = version_id(Some(other)).unwrap_err().into();
            assert_eq!((fault.code(), fault.status().as_u16()), ("InvalidArgument", 400));
        }
    }

    #[test]
    fn a_version_takes_the_action_of_versions() {
        let need = |version| {
            object_need("s3:GetObject", "s3:GetObjectVersion", "b", "k", version).unwrap()
        };
        assert_eq!(need(None).action, "s3:GetObject");
        assert!(need(None).keys.is_empty());
        let of_version = need(Some("null"));
        assert_eq!(of_version.action, "s3:GetObjectVersion");
        assert_eq!(of_version.keys, [("s3:versionid", "null".into())]);
        assert_eq!(of_version.on.resource(), "arn:aws:s3:::b/k");
    }
}
