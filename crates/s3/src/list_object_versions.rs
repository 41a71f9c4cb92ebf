use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use objects::{AfterVersion, ListVersions, ObjectVersion, VersionListing};
use types::AccountId;
use wire::s3::{
    DeleteMarkerEntry, ListObjectVersionsOutput, ListObjectVersionsRequest,
    ObjectVersionStorageClass,
};

use crate::{
    S3, acl, checksums,
    error::S3Error,
    listing::{Asked, is_common_prefix},
    target::decided_bucket,
};

/// [`ListObjectVersions`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html)
pub(crate) struct ListObjectVersions(pub(crate) Arc<S3>);

impl Operation for ListObjectVersions {
    type Wire = wire::s3::ListObjectVersions;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &ListObjectVersionsRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![asked(input).need("s3:ListBucketVersions")])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListObjectVersionsOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let listing = self.0.objects.list_versions(&bucket.value, &list(input)?).await?;
        Ok(answer(input, &listing, &bucket.value.owner))
    }
}

fn asked(input: &ListObjectVersionsRequest) -> Asked<'_> {
    Asked {
        bucket: &input.bucket,
        prefix: input.prefix.as_deref(),
        delimiter: input.delimiter.as_deref(),
        max_keys: input.max_keys,
        encoding: input.encoding_type,
    }
}

fn list(input: &ListObjectVersionsRequest) -> Result<ListVersions, S3Error> {
    let asked = asked(input);
    let (prefix, delimiter) = (asked.prefix(), asked.delimiter());
    let after = after(input, &prefix, &delimiter)?;
    Ok(ListVersions { prefix, delimiter, after, max_keys: asked.max_keys()? })
}

/// Where the listing goes on: behind a version of a key, or behind all of it.
fn after(
    input: &ListObjectVersionsRequest,
    prefix: &str,
    delimiter: &str,
) -> Result<Option<AfterVersion>, S3Error> {
    let invalid = |value: &str, message| S3Error::InvalidArgument {
        name: "version-id-marker",
        value: value.chars().take(100).collect(),
        message,
    };
    let key = input.key_marker.as_deref().filter(|key| !key.is_empty());
    let Some(key) = key else {
        return match &input.version_id_marker {
            Some(id) => {
                Err(invalid(id, "A version-id marker cannot be specified without a key marker."))
            }
            None => Ok(None),
        };
    };
    let after = match input.version_id_marker.as_deref() {
        Some("") => return Err(invalid("", "A version-id marker cannot be empty.")),
        Some(id) => {
            let parsed = id.parse().map_err(|_| invalid(id, "Invalid version id specified"))?;
            AfterVersion::Version(key.parse()?, parsed)
        }
        None if is_common_prefix(key, prefix, delimiter) => {
            AfterVersion::CommonPrefix(key.to_owned())
        }
        None => AfterVersion::Key(key.to_owned()),
    };
    Ok(Some(after))
}

fn answer(
    input: &ListObjectVersionsRequest,
    listing: &VersionListing,
    bucket_owner: &AccountId,
) -> ListObjectVersionsOutput {
    let asked = asked(input);
    let owner = acl::owner(bucket_owner);
    let mut versions = Vec::new();
    let mut delete_markers = Vec::new();
    for (version, is_latest) in &listing.versions {
        let is_latest = Some(*is_latest);
        let version_id = Some(version.version_id().to_string());
        match version {
            ObjectVersion::Object(object) => versions.push(wire::s3::ObjectVersion {
                checksum_algorithm: checksums::algorithms(&object.checksums),
                checksum_type: checksums::checksum_type(object),
                e_tag: Some(object.etag.to_string()),
                is_latest,
                key: Some(asked.text(object.key.as_str())),
                last_modified: Some(object.last_modified),
                owner: Some(owner.clone()),
                size: i64::try_from(object.size).ok(),
                storage_class: Some(ObjectVersionStorageClass::Standard),
                version_id,
                ..wire::s3::ObjectVersion::default()
            }),
            ObjectVersion::DeleteMarker(marker) => delete_markers.push(DeleteMarkerEntry {
                is_latest,
                key: Some(asked.text(marker.key.as_str())),
                last_modified: Some(marker.last_modified),
                owner: Some(owner.clone()),
                version_id,
            }),
        }
    }
    let (next_key, next_version) = match &listing.next {
        None => (None, None),
        Some(AfterVersion::Key(text) | AfterVersion::CommonPrefix(text)) => {
            (Some(asked.text(text)), None)
        }
        Some(AfterVersion::Version(key, id)) => {
            (Some(asked.text(key.as_str())), Some(id.to_string()))
        }
    };
    ListObjectVersionsOutput {
        common_prefixes: Some(asked.common_prefixes(&listing.common_prefixes)),
        delete_markers: Some(delete_markers),
        delimiter: asked.shown_delimiter(),
        encoding_type: input.encoding_type,
        is_truncated: Some(listing.next.is_some()),
        key_marker: Some(asked.text(input.key_marker.as_deref().unwrap_or_default())),
        max_keys: asked.max_keys().ok().and_then(|number| i32::try_from(number).ok()),
        name: Some(input.bucket.clone()),
        next_key_marker: next_key,
        next_version_id_marker: next_version,
        prefix: Some(asked.text(&asked.prefix())),
        version_id_marker: Some(input.version_id_marker.clone().unwrap_or_default()),
        versions: Some(versions),
        ..ListObjectVersionsOutput::default()
    }
}

#[cfg(test)]
mod tests {
    use objects::VersionId;
    use wire::Fault;

    use super::*;

    fn input(key: Option<&str>, version: Option<&str>) -> ListObjectVersionsRequest {
        ListObjectVersionsRequest {
            bucket: "b".into(),
            delimiter: Some("/".into()),
            key_marker: key.map(str::to_owned),
            version_id_marker: version.map(str::to_owned),
            ..ListObjectVersionsRequest::default()
        }
    }

    #[test]
    fn markers_name_a_key_and_perhaps_a_version_of_it() {
        let after = |key, version| list(&input(key, version)).unwrap().after;
        let of_key = |text: &str| AfterVersion::Key(text.to_owned());
        assert_eq!(after(None, None), None);
        assert_eq!(after(Some(""), None), None);
        assert_eq!(after(Some("k"), None), Some(of_key("k")));
        assert_eq!(after(Some("k/"), None), Some(AfterVersion::CommonPrefix("k/".into())));
        let version = AfterVersion::Version("k/".parse().unwrap(), VersionId::Null);
        assert_eq!(after(Some("k/"), Some("null")), Some(version));
        for (key, version) in [(None, Some("null")), (Some("k"), Some("")), (Some("k"), Some("v"))]
        {
            let fault: Fault = list(&input(key, version)).unwrap_err().into();
            assert_eq!(fault.code(), "InvalidArgument");
            assert!(fault.fields().contains(&("ArgumentName", "version-id-marker".into())));
        }
    }

    #[test]
    fn what_is_next_is_told_by_two_markers() {
        let owner = "123456789012".parse().unwrap();
        let next = |next| {
            let listing = VersionListing { next: Some(next), ..VersionListing::default() };
            let answer = answer(&input(None, None), &listing, &owner);
            assert_eq!(answer.is_truncated, Some(true));
            (answer.next_key_marker.unwrap(), answer.next_version_id_marker)
        };
        let version = AfterVersion::Version("k".parse().unwrap(), VersionId::Null);
        assert_eq!(next(version), ("k".to_owned(), Some("null".to_owned())));
        assert_eq!(next(AfterVersion::CommonPrefix("k/".into())), ("k/".to_owned(), None));
    }
}
