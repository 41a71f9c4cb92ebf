use bytes::Bytes;

use crate::{Key, Space, Versioned};

/// A page ends when the keys and values in it have this many bytes (but holds at least one entry).
pub const PAGE_BYTES_MAX: usize = 1 << 20;

/// Which records to read, in which order and how many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The space to read.
    pub space: Space,
    /// The keys to read.
    pub range: KeyRange,
    /// At most this many records, 1 or more.
    pub limit: usize,
    /// From which end of the range.
    pub direction: Direction,
}

impl Scan {
    /// The first `limit` records of the range, in ascending order.
    #[must_use]
    pub fn new(space: Space, range: KeyRange, limit: usize) -> Self {
        Self { space, range, limit, direction: Direction::Ascending }
    }
}

/// The order of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// From the lowest key upwards.
    #[default]
    Ascending,
    /// From the highest key downwards.
    Descending,
}

/// What a scan found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The records, in the scan's order.
    pub entries: Vec<Entry>,
    /// Whether the range has further records: the scan stopped at its limit or at
    /// [`PAGE_BYTES_MAX`]. Go on with [`KeyRange::after`] (or [`KeyRange::before`]) the last key.
    pub more: bool,
}

/// One record of a page: its key and what lies there.
pub type Entry = (Bytes, Versioned<Bytes>);

/// A half-open range of keys in byte order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    pub(crate) start: Vec<u8>,
    /// `None`: to the last key there is.
    pub(crate) end: Option<Vec<u8>>,
}

impl KeyRange {
    /// Every key.
    #[must_use]
    pub fn all() -> Self {
        Self { start: Vec::new(), end: None }
    }

    /// From `start` on, up to but without `end`.
    #[must_use]
    pub fn between(start: impl Into<Vec<u8>>, end: impl Into<Vec<u8>>) -> Self {
        Self { start: start.into(), end: Some(end.into()) }
    }

    /// Every key whose tuple begins with the elements of `tuple`, that tuple itself included.
    ///
    /// The elements match whole: `("a")` does not lead to `("ab")`.
    #[must_use]
    pub fn within(tuple: &Key) -> Self {
        // An element begins with a tag far below 0xff, while a text that goes on behind an escaped
        // zero has 0xff there.
        let mut end = tuple.to_vec();
        end.push(0xff);
        Self { start: tuple.to_vec(), end: Some(end) }
    }

    /// Every key whose tuple begins with the elements of `tuple` and then a text that starts with
    /// `prefix`.
    #[must_use]
    pub fn with_text_prefix(tuple: &Key, prefix: &str) -> Self {
        let start = tuple.clone().open_text(prefix);
        let end = successor(start.clone());
        Self { start, end }
    }

    /// The same range without everything up to and including `key`.
    #[must_use]
    pub fn after(mut self, key: &[u8]) -> Self {
        if key >= self.start.as_slice() {
            self.start = key.to_vec();
            self.start.push(0);
        }
        self
    }

    /// The same range without everything behind the end of the other range.
    #[must_use]
    pub fn through(self, other: &Self) -> Self {
        match &other.end {
            Some(end) => self.before(end),
            None => self,
        }
    }

    /// The same range without everything before `key`.
    #[must_use]
    pub fn from(mut self, key: &[u8]) -> Self {
        if key > self.start.as_slice() {
            self.start = key.to_vec();
        }
        self
    }

    /// The same range without everything from `key` on.
    #[must_use]
    pub fn before(mut self, key: &[u8]) -> Self {
        if self.end.as_deref().is_none_or(|end| key < end) {
            self.end = Some(key.to_vec());
        }
        self
    }

    /// The part behind every key whose tuple begins with the elements of `tuple`, as
    /// [`KeyRange::within`] has them.
    #[must_use]
    pub fn after_within(self, tuple: &Key) -> Self {
        match Self::within(tuple).end {
            Some(end) => self.from(&end),
            None => self,
        }
    }

    /// The same range without every key whose tuple begins as [`KeyRange::with_text_prefix`] says and
    /// without everything before those: where a listing goes on behind a common prefix.
    #[must_use]
    pub fn after_text_prefix(self, tuple: &Key, prefix: &str) -> Self {
        match Self::with_text_prefix(tuple, prefix).end {
            Some(end) => self.from(&end),
            None => Self { start: Vec::new(), end: Some(Vec::new()) },
        }
    }
}

/// The lowest key above every key that starts with `prefix`.
fn successor(mut prefix: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = prefix.pop() {
        if last < 0xff {
            prefix.push(last + 1);
            return Some(prefix);
        }
    }
    None
}
