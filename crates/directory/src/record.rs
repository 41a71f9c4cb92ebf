use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use store::{Key, Space, Version, Versioned};

use crate::Error;

/// A kind of record: where it lies, how its key and value are written, and what is indexed.
///
/// A value is one byte, the kind's version, and JSON behind it.
pub trait Record: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The table.
    const SPACE: Space;
    /// The version that is written. Begin with 1; raise it when older values do not read as they
    /// are, and translate them in [`Record::upgrade`].
    const VERSION: u8;
    /// What it is found by. Contains an [`Owner`](crate::Owner), or is a public id.
    type Key: Send + Sync;

    /// The key as bytes, ordered as the tuples are.
    fn encode_key(key: &Self::Key) -> Key;

    /// What a secret inside the record under `key` is sealed with, so that it opens in no other
    /// record and under no other key.
    fn associated_data(key: &Self::Key) -> Vec<u8> {
        [Self::SPACE.name().as_bytes(), &[0], &Self::encode_key(key)].concat()
    }

    /// The index entries that go in and out together with this record.
    #[must_use]
    fn derived(&self, key: &Self::Key) -> Vec<Derived> {
        let _ = key;
        Vec::new()
    }

    /// Reads a value that an older version wrote.
    ///
    /// # Errors
    /// A reason, if that version is not known.
    fn upgrade(version: u8, value: &[u8]) -> Result<Self, String> {
        let _ = value;
        Err(format!("it has version {version}, this program knows {}", Self::VERSION))
    }
}

/// A record that follows from another one and is written in the same batch: an index entry.
///
/// Its key must be free when it appears, so an index over something unique enforces that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    pub(crate) space: Space,
    pub(crate) key: Bytes,
    pub(crate) value: Result<Bytes, String>,
}

impl Derived {
    /// The entry `record` under `key`.
    #[must_use]
    pub fn new<R: Record>(key: &R::Key, record: &R) -> Self {
        let value = encode(record).map_err(|error| error.to_string());
        Self { space: R::SPACE, key: R::encode_key(key).into(), value }
    }
}

/// A record as it was read, with what is needed to change it.
#[derive(Debug, Clone)]
pub struct Found<R> {
    /// The record.
    pub record: R,
    pub(crate) key: Bytes,
    pub(crate) version: Version,
}

impl<R: Record> Found<R> {
    pub(crate) fn read(key: Bytes, found: &Versioned<Bytes>) -> Result<Self, Error> {
        let record = decode::<R>(&found.value)?;
        Ok(Self { record, key, version: found.version })
    }
}

impl<R> Found<R> {
    /// The record's version: it changes whenever the record does, and never comes back.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Where the record stands in its table's order, for [`Directory::list`](crate::Directory::list).
    #[must_use]
    pub fn position(&self) -> &[u8] {
        &self.key
    }
}

pub(crate) fn encode<R: Record>(record: &R) -> Result<Bytes, Error> {
    let mut value = vec![R::VERSION];
    serde_json::to_writer(&mut value, record)
        .map_err(|error| Error::Unreadable { space: R::SPACE, reason: error.to_string() })?;
    Ok(value.into())
}

fn decode<R: Record>(value: &[u8]) -> Result<R, Error> {
    let unreadable = |reason: String| Error::Unreadable { space: R::SPACE, reason };
    match value.split_first() {
        Some((version, json)) if *version == R::VERSION => {
            serde_json::from_slice(json).map_err(|error| unreadable(error.to_string()))
        }
        Some((version, json)) if *version < R::VERSION => {
            R::upgrade(*version, json).map_err(unreadable)
        }
        Some((version, _)) => Err(unreadable(format!(
            "it has version {version}, this program knows {}: a newer one wrote it",
            R::VERSION
        ))),
        None => Err(unreadable("it is empty".to_owned())),
    }
}
