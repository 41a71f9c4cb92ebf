use bytes::Bytes;
use jobs::Job;
use store::{Batch, Key, KeyRange, Space};

use crate::{Derived, Error, Found, Record, record::encode};

/// What is to become true together: records created, replaced and deleted, each with its index
/// entries, and records that must not have changed meanwhile.
#[derive(Debug, Default)]
pub struct Change {
    batch: Batch,
    failed: Option<Error>,
}

impl Change {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The record comes into being; a conflict if its key or one of its index entries is taken.
    pub fn create<R: Record>(&mut self, key: &R::Key, record: &R) {
        self.write_all([(key, None, record)]);
    }

    /// The record takes the place of the one that was found; a conflict if that one has changed.
    pub fn replace<R: Record>(&mut self, key: &R::Key, found: &Found<R>, record: &R) {
        self.write_all([(key, Some(found), record)]);
    }

    /// Several records come into being, as [`Change::create`] has it for one, or take the places of
    /// those that were found, as [`Change::replace`] has it. An index entry may so go from one record
    /// to another.
    pub fn write_all<'a, R: Record>(
        &mut self,
        records: impl IntoIterator<Item = (&'a R::Key, Option<&'a Found<R>>, &'a R)>,
    ) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for (key, found, record) in records {
            if let Some(found) = found {
                self.require_unchanged(found);
                self.put(found.key.clone(), record);
                before.extend(found.record.derived(key));
            } else {
                let place: Bytes = R::encode_key(key).into();
                self.require_absent(R::SPACE, place.clone());
                self.put(place, record);
            }
            after.extend(record.derived(key));
        }
        let has = |entries: &[Derived], wanted: &Derived| {
            entries.iter().any(|entry| entry.space == wanted.space && entry.key == wanted.key)
        };
        for gone in before.iter().filter(|entry| !has(&after, entry)) {
            self.delete_entry(gone.space, gone.key.clone());
        }
        for entry in after {
            // Under a key that one of them had before, an entry is only brought up to date.
            if !has(&before, &entry) {
                self.require_absent(entry.space, entry.key.clone());
            }
            self.put_derived(entry);
        }
    }

    /// The record goes, with its index entries; a conflict if it has changed since it was found.
    pub fn delete<R: Record>(&mut self, key: &R::Key, found: &Found<R>) {
        self.require_unchanged(found);
        self.delete_entry(R::SPACE, found.key.clone());
        for entry in found.record.derived(key) {
            self.delete_entry(entry.space, entry.key);
        }
    }

    /// A conflict if the record has changed since it was found.
    pub fn require_unchanged<R: Record>(&mut self, found: &Found<R>) {
        self.with(|batch| batch.require(R::SPACE, found.key.clone(), found.version));
    }

    /// A conflict if there is a record whose key begins with the elements of `within`: what a parent
    /// without children may be deleted by.
    pub fn require_none<R: Record>(&mut self, within: &Key) {
        self.with(|batch| batch.require_empty(R::SPACE, KeyRange::within(within)));
    }

    /// Adds work that this change makes necessary: neither comes about without the other.
    pub fn enqueue(&mut self, job: &Job) {
        self.with(|batch| job.enqueue(batch));
    }

    /// Whatever lies there goes, as it is.
    pub(crate) fn delete_entry(&mut self, space: Space, key: Bytes) {
        self.with(|batch| batch.delete(space, key));
    }

    fn require_absent(&mut self, space: Space, key: Bytes) {
        self.with(|batch| batch.require_absent(space, key));
    }

    fn put<R: Record>(&mut self, key: Bytes, record: &R) {
        match encode(record) {
            Ok(value) => self.with(|batch| batch.put(R::SPACE, key, value)),
            Err(error) => self.failed = Some(error),
        }
    }

    fn put_derived(&mut self, entry: Derived) {
        match entry.value {
            Ok(value) => self.with(|batch| batch.put(entry.space, entry.key, value)),
            Err(reason) => self.failed = Some(Error::Unreadable { space: entry.space, reason }),
        }
    }

    fn with(&mut self, change: impl FnOnce(Batch) -> Batch) {
        self.batch = change(std::mem::take(&mut self.batch));
    }

    pub(crate) fn into_batch(self) -> Result<Batch, Error> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok(self.batch),
        }
    }
}
