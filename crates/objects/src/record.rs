//! How buckets and versions are written: a byte for the kind and format, then JSON. An object's JSON is
//! preceded by its length, and an inline body follows it as it is.

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sigv4::{Checksum, ChecksumAlgorithm};
use types::Timestamp;

use crate::{
    Attributes, Bucket, ChecksumType, DeleteMarker, ETag, Object, ObjectKey, ObjectVersion,
    ObjectsError, Tags, UploadId, VersionId, object::Body,
};

const FORMAT: u8 = 1;
/// What the record of a delete marker begins with.
const DELETE_MARKER: u8 = 2;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version_id: VersionId,
    size: u64,
    etag: ETag,
    last_modified: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "ChecksumType::is_full_object")]
    checksum_type: ChecksumType,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    tags: Tags,
    /// This and `parts` absent: the body follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blob: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts: Option<Parts>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    upload: UploadId,
    count: u16,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredDeleteMarker {
    version_id: VersionId,
    last_modified: Timestamp,
}

pub(crate) fn write(version: &ObjectVersion) -> Bytes {
    match version {
        ObjectVersion::Object(object) => write_object(object),
        ObjectVersion::DeleteMarker(DeleteMarker { version_id, last_modified, .. }) => {
            let (version_id, last_modified) = (*version_id, *last_modified);
            let mut value = vec![DELETE_MARKER];
            value.extend(json(&StoredDeleteMarker { version_id, last_modified }));
            value.into()
        }
    }
}

pub(crate) fn write_object(object: &Object) -> Bytes {
    let checksum = |sum: &Checksum| (sum.algorithm().header_name().to_owned(), sum.to_base64());
    let (blob, parts, body) = match &object.body {
        Body::Inline(body) => (None, None, body.as_ref()),
        Body::Blob(id) => (Some(id.to_string()), None, [].as_slice()),
        Body::Parts { upload, count } => {
            (None, Some(Parts { upload: *upload, count: *count }), [].as_slice())
        }
    };
    let stored = Stored {
        version_id: object.version_id,
        size: object.size,
        etag: object.etag.clone(),
        last_modified: object.last_modified,
        checksums: object.checksums.iter().map(checksum).collect(),
        checksum_type: object.checksum_type,
        attributes: object.attributes.clone(),
        tags: object.tags.clone(),
        blob,
        parts,
    };
    let json = json(&stored);
    let mut value = BytesMut::with_capacity(5 + json.len() + body.len());
    value.put_u8(FORMAT);
    value.put_u32(u32::try_from(json.len()).unwrap_or(u32::MAX));
    value.put_slice(&json);
    value.put_slice(body);
    value.freeze()
}

pub(crate) fn read(key: ObjectKey, value: &Bytes) -> Result<ObjectVersion, ObjectsError> {
    match value.split_first() {
        Some((&DELETE_MARKER, json)) => match serde_json::from_slice(json) {
            Ok(StoredDeleteMarker { version_id, last_modified }) => {
                Ok(ObjectVersion::DeleteMarker(DeleteMarker { key, version_id, last_modified }))
            }
            Err(_) => Err(damaged(&key)),
        },
        _ => read_object(key, value).map(ObjectVersion::Object),
    }
}

/// Whether a record is one of a delete marker.
pub(crate) fn is_delete_marker(value: &[u8]) -> bool {
    value.first() == Some(&DELETE_MARKER)
}

fn damaged(key: &ObjectKey) -> ObjectsError {
    ObjectsError::Damaged { what: format!("the object {:?}", key.as_str()) }
}

pub(crate) fn read_object(key: ObjectKey, value: &Bytes) -> Result<Object, ObjectsError> {
    let parts = parts(value).and_then(|(stored, body)| {
        let checksums = stored.checksums.iter().map(|(name, sum)| {
            Checksum::from_base64(ChecksumAlgorithm::from_header_name(name)?, sum.as_bytes())
        });
        let checksums = checksums.collect::<Option<Vec<_>>>()?;
        let body = match (&stored.blob, &stored.parts) {
            (Some(id), None) => Body::Blob(id.parse().ok()?),
            (None, Some(parts)) => Body::Parts { upload: parts.upload, count: parts.count },
            (None, None) if body.len() as u64 == stored.size => Body::Inline(body),
            _ => return None,
        };
        Some((stored, checksums, body))
    });
    let Some((stored, checksums, body)) = parts else {
        return Err(damaged(&key));
    };
    Ok(Object {
        key,
        version_id: stored.version_id,
        size: stored.size,
        etag: stored.etag,
        last_modified: stored.last_modified,
        checksums,
        checksum_type: stored.checksum_type,
        attributes: stored.attributes,
        tags: stored.tags,
        body,
    })
}

fn parts(value: &Bytes) -> Option<(Stored, Bytes)> {
    let (&FORMAT, rest) = value.split_first()? else { return None };
    let (length, _) = rest.split_first_chunk::<4>()?;
    let end = 5_usize.checked_add(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let stored = serde_json::from_slice(value.get(5..end)?).ok()?;
    Some((stored, value.slice(end..)))
}

pub(crate) fn write_bucket(bucket: &Bucket) -> Bytes {
    write_json(bucket)
}

pub(crate) fn read_bucket(name: &str, value: &[u8]) -> Result<Bucket, ObjectsError> {
    read_json(value).ok_or_else(|| ObjectsError::Damaged { what: format!("the bucket {name:?}") })
}

/// A record that is all JSON.
pub(crate) fn write_json(value: &impl Serialize) -> Bytes {
    let mut record = vec![FORMAT];
    record.extend(json(value));
    record.into()
}

/// The reverse; `None` if it is damaged or of a newer release.
pub(crate) fn read_json<T: DeserializeOwned>(record: &[u8]) -> Option<T> {
    let (&FORMAT, json) = record.split_first()? else { return None };
    serde_json::from_slice(json).ok()
}

/// The value as JSON. Structs of texts, numbers and maps of texts cannot fail to be written to memory;
/// if they could, the empty text would be refused when read.
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(body: Body) -> ObjectVersion {
        let digest = Checksum::from_base64(ChecksumAlgorithm::Crc32, b"AAAAAA==").unwrap();
        ObjectVersion::Object(Object {
            key: "key".parse().unwrap(),
            version_id: VersionId::Null,
            size: 3,
            etag: ETag::of_md5([1; 16]),
            last_modified: "2026-01-02T03:04:05.678Z".parse().unwrap(),
            checksums: vec![digest],
            checksum_type: ChecksumType::Composite,
            attributes: Attributes::default(),
            tags: Tags::new(vec![("a".to_owned(), "1".to_owned())], 1).unwrap(),
            body,
        })
    }

    fn delete_marker() -> ObjectVersion {
        ObjectVersion::DeleteMarker(DeleteMarker {
            key: "key".parse().unwrap(),
            version_id: "0006477d5b4bd2f5f2f6d1e4d9f6a0b1".parse().unwrap(),
            last_modified: "2026-01-02T03:04:05.678901Z".parse().unwrap(),
        })
    }

    #[test]
    fn a_version_is_read_as_written() {
        let blob = "00112233445566778899aabbccddeeff".parse().unwrap();
        let upload = "0".repeat(48).parse().unwrap();
        let parts = Body::Parts { upload, count: 10_000 };
        for version in [
            object(Body::Inline("a\0b".into())),
            object(Body::Blob(blob)),
            object(parts),
            delete_marker(),
        ] {
            assert_eq!(read(version.key().clone(), &write(&version)).unwrap(), version);
        }
    }

    #[test]
    fn a_damaged_record_is_refused() {
        let read = |value: &[u8]| read("key".parse().unwrap(), &Bytes::copy_from_slice(value));
        for version in [object(Body::Inline("abc".into())), delete_marker()] {
            let value = write(&version);
            for end in 0..value.len() {
                assert!(read(&value[..end]).is_err(), "cut at {end}");
            }
            assert!(read(&[&value[..], b"d"].concat()).is_err(), "longer than it says");
            assert!(read(&[&[9], &value[1..]].concat()).is_err(), "of a newer release");
        }
        let value = write(&object(Body::Inline("abc".into())));
        assert!(read(&[&[FORMAT], [0xff; 4].as_slice(), &value[5..]].concat()).is_err());
        assert!(read_bucket("b", b"").is_err() && read_bucket("b", b"\x01{}").is_err());
    }
}
