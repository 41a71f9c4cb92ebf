//! The multipart uploads of a bucket that are under way.

use store::{Key, KeyRange, KeyReader, Scan};

use crate::{
    Bucket, MAX_KEYS, Objects, ObjectsError, UPLOADS, Upload, UploadId, list::common_prefix_of,
    objects_of, upload,
};

/// Which uploads to list.
///
/// Source: S3 API Reference, `ListMultipartUploads`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListUploads {
    /// Only those whose keys start with this.
    pub prefix: String,
    /// Keys that have this behind the prefix are rolled up. Empty: none are.
    pub delimiter: String,
    /// Where to go on.
    pub after: Option<UploadsAfter>,
    /// How many uploads and common prefixes at most; [`MAX_KEYS`] are if it is more.
    pub max_uploads: usize,
}

/// Where a listing of uploads goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadsAfter {
    /// Behind all uploads of this key, and all keys that are rolled up into it, if it is a common
    /// prefix.
    Key(String),
    /// Behind this upload of the key.
    Upload(String, UploadId),
}

/// What was found, in the order of keys, and for each key in the order of beginnings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadListing {
    /// The uploads that were not rolled up.
    pub uploads: Vec<Upload>,
    /// What the others were rolled up into.
    pub common_prefixes: Vec<String>,
    /// Where the next listing goes on, if there is more.
    pub next: Option<UploadsAfter>,
}

impl Objects {
    /// Lists the uploads that are under way in a bucket.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn list_uploads(
        &self,
        bucket: &Bucket,
        what: &ListUploads,
    ) -> Result<UploadListing, ObjectsError> {
        let max_uploads = what.max_uploads.min(MAX_KEYS);
        let parent = objects_of(bucket);
        let mut range = KeyRange::with_text_prefix(&parent, &what.prefix);
        if let Some(after) = &what.after {
            range = behind(range, &parent, after, what);
        }
        let mut listing = UploadListing::default();
        if max_uploads == 0 {
            return Ok(listing);
        }
        let mut last: Option<UploadsAfter> = None;
        loop {
            let limit = max_uploads + 1;
            let page = self.records.scan(Scan::new(UPLOADS, range.clone(), limit)).await?;
            for (place, found) in page.entries {
                let (key, id) = place_of(&place)?;
                let rolled_up = common_prefix_of(&key, &what.prefix, &what.delimiter);
                if rolled_up.is_some() && rolled_up.as_ref() == listing.common_prefixes.last() {
                    continue;
                }
                if listing.uploads.len() + listing.common_prefixes.len() == max_uploads {
                    listing.next = last;
                    return Ok(listing);
                }
                if let Some(prefix) = rolled_up {
                    last = Some(UploadsAfter::Key(prefix.clone()));
                    listing.common_prefixes.push(prefix);
                } else {
                    let own = key.parse().map_err(|_| damaged())?;
                    listing.uploads.push(upload::read(own, id, &found.value)?);
                    last = Some(UploadsAfter::Upload(key, id));
                }
            }
            match &last {
                Some(last) if page.more => range = behind(range, &parent, last, what),
                _ => return Ok(listing),
            }
        }
    }
}

/// What of the range lies behind.
fn behind(range: KeyRange, parent: &Key, after: &UploadsAfter, what: &ListUploads) -> KeyRange {
    match after {
        UploadsAfter::Upload(key, id) => {
            range.after(&parent.clone().text(key).text(&id.to_string()))
        }
        UploadsAfter::Key(key) => {
            let rolled_up = common_prefix_of(key, &what.prefix, &what.delimiter);
            if rolled_up.as_ref() == Some(key) {
                range.after_text_prefix(parent, key)
            } else {
                // A number comes behind every text, so behind every upload of the key.
                range.after(&parent.clone().text(key).u64(u64::MAX))
            }
        }
    }
}

/// The key and the id of the upload that lies there.
fn place_of(place: &[u8]) -> Result<(String, UploadId), ObjectsError> {
    let mut reader = KeyReader::new(place);
    let mut text = || reader.text().ok();
    let place = text().and_then(|_| Some((text()?, text()?.parse().ok()?)));
    place.ok_or_else(damaged)
}

fn damaged() -> ObjectsError {
    ObjectsError::Damaged { what: "an upload's key".to_owned() }
}
