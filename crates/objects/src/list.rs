use store::{KeyRange, KeyReader, Scan};

use crate::{Bucket, OBJECTS, Object, ObjectKey, Objects, ObjectsError, objects_of, record};

/// The most keys and common prefixes that one listing has.
pub const MAX_KEYS: usize = 1000;

/// How many records are read at first after a common prefix was passed over.
const PROBE: usize = 16;

/// What to list.
///
/// Source: S3 API Reference, *ListObjectsV2*; S3 User Guide, *Organizing objects using prefixes*.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// Only keys that start with this. Empty: all.
    pub prefix: String,
    /// Keys that have this behind the prefix are rolled up, as far as its first occurrence, into one
    /// common prefix. Empty: none are.
    pub delimiter: String,
    /// Where to go on.
    pub after: Option<After>,
    /// How many keys and common prefixes at most; [`MAX_KEYS`] are if it is more.
    pub max_keys: usize,
}

/// Where a listing goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// Behind this key, which need not exist. Keys behind it may still be rolled up into a common prefix
    /// that it begins with.
    Key(String),
    /// Behind every key that starts with this common prefix.
    CommonPrefix(String),
}

/// What was found, in the order of UTF-8 bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The objects that were not rolled up.
    pub objects: Vec<Object>,
    /// What the others were rolled up into.
    pub common_prefixes: Vec<String>,
    /// Where the next listing goes on, if there is more.
    pub next: Option<After>,
}

impl Listing {
    fn len(&self) -> usize {
        self.objects.len() + self.common_prefixes.len()
    }
}

impl Objects {
    /// Lists the current objects of a bucket.
    ///
    /// A common prefix is passed over by a seek behind it, however many keys it stands for.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn list(&self, bucket: &Bucket, list: &List) -> Result<Listing, ObjectsError> {
        let max_keys = list.max_keys.min(MAX_KEYS);
        let parent = objects_of(bucket);
        let mut range = KeyRange::with_text_prefix(&parent, &list.prefix);
        match &list.after {
            Some(After::Key(key)) => range = range.after(&parent.clone().text(key)),
            Some(After::CommonPrefix(prefix)) => range = range.after_text_prefix(&parent, prefix),
            None => {}
        }
        let mut listing = Listing::default();
        let mut last = None;
        let mut limit = max_keys + 1;
        while max_keys > 0 {
            let page = self.records.scan(Scan::new(OBJECTS, range.clone(), limit)).await?;
            for (place, found) in page.entries {
                let key = key_of(&place)?;
                if let Some(After::CommonPrefix(prefix)) = &last
                    && key.as_str().starts_with(prefix)
                {
                    continue;
                }
                if listing.len() == max_keys {
                    listing.next = last;
                    return Ok(listing);
                }
                if let Some(prefix) = common_prefix(key.as_str(), list) {
                    listing.common_prefixes.push(prefix.clone());
                    last = Some(After::CommonPrefix(prefix));
                } else {
                    last = Some(After::Key(key.as_str().to_owned()));
                    listing.objects.push(record::read(key, &found.value)?);
                }
            }
            if !page.more {
                break;
            }
            match &last {
                Some(After::CommonPrefix(prefix)) => {
                    range = range.after_text_prefix(&parent, prefix);
                    limit = PROBE;
                }
                Some(After::Key(key)) => {
                    range = range.after(&parent.clone().text(key));
                    limit = (limit * 2).min(max_keys + 1);
                }
                None => break,
            }
        }
        Ok(listing)
    }
}

/// What the key is rolled up into, if it is.
fn common_prefix(key: &str, list: &List) -> Option<String> {
    if list.delimiter.is_empty() {
        return None;
    }
    let (head, _) = key.strip_prefix(&list.prefix)?.split_once(&list.delimiter)?;
    Some(format!("{}{head}{}", list.prefix, list.delimiter))
}

fn key_of(place: &[u8]) -> Result<ObjectKey, ObjectsError> {
    let mut reader = KeyReader::new(place);
    let key = reader.text().and_then(|_| reader.text()).ok().and_then(|key| key.parse().ok());
    key.ok_or_else(|| ObjectsError::Damaged { what: "an object's key".to_owned() })
}
