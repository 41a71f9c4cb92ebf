use std::fmt;

use bytes::Bytes;

use crate::{KeyRange, Space, StoreError, Version};

/// The longest key, in bytes: what one entry of a PostgreSQL index (a third of a page) can hold.
pub const KEY_BYTES_MAX: usize = 2560;
/// The longest value, in bytes.
pub const VALUE_BYTES_MAX: usize = 1 << 20;
/// All keys and values of one batch together, in bytes.
pub const BATCH_BYTES_MAX: usize = 16 << 20;

/// Writes that take effect together, if all preconditions hold.
///
/// Preconditions are checked before any write of the batch; writes are applied in order, so the last
/// one to a key counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a batch does nothing until it is committed"]
pub struct Batch {
    preconditions: Vec<Precondition>,
    writes: Vec<Write>,
}

/// What must be true of the database for a batch to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// There is no record under the key.
    Absent {
        /// The space.
        space: Space,
        /// The key.
        key: Bytes,
    },
    /// The record under the key is still the one that was read.
    AtVersion {
        /// The space.
        space: Space,
        /// The key.
        key: Bytes,
        /// The version it was read at.
        version: Version,
    },
    /// There is no record in the range: what a parent without children may be deleted by.
    Empty {
        /// The space.
        space: Space,
        /// The range.
        range: KeyRange,
    },
}

impl Precondition {
    /// The space it speaks of.
    #[must_use]
    pub fn space(&self) -> Space {
        match self {
            Self::Absent { space, .. }
            | Self::AtVersion { space, .. }
            | Self::Empty { space, .. } => *space,
        }
    }

    /// The key it speaks of, unless it is about a range.
    #[must_use]
    pub fn key(&self) -> Option<&Bytes> {
        match self {
            Self::Absent { key, .. } | Self::AtVersion { key, .. } => Some(key),
            Self::Empty { .. } => None,
        }
    }
}

impl fmt::Display for Precondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { space, .. } => write!(f, "a record in {space} is absent"),
            Self::AtVersion { space, version, .. } => {
                write!(f, "a record in {space} is still at version {}", version.0)
            }
            Self::Empty { space, .. } => write!(f, "a range in {space} is empty"),
        }
    }
}

/// One change of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// The record under the key is this, whether or not there was one.
    Put {
        /// The space.
        space: Space,
        /// The key.
        key: Bytes,
        /// The value.
        value: Bytes,
    },
    /// There is no record under the key, whether or not there was one.
    Delete {
        /// The space.
        space: Space,
        /// The key.
        key: Bytes,
    },
}

impl Write {
    pub(crate) fn target(&self) -> (Space, &Bytes) {
        match self {
            Self::Put { space, key, .. } | Self::Delete { space, key } => (*space, key),
        }
    }

    /// What caches are told of it.
    pub(crate) fn changed(&self) -> (Space, Bytes) {
        let (space, key) = self.target();
        (space, key.clone())
    }
}

impl Batch {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires that there is no record under the key.
    pub fn require_absent(mut self, space: Space, key: impl Into<Bytes>) -> Self {
        self.preconditions.push(Precondition::Absent { space, key: key.into() });
        self
    }

    /// Requires that the record under the key is still at the version.
    pub fn require(mut self, space: Space, key: impl Into<Bytes>, version: Version) -> Self {
        self.preconditions.push(Precondition::AtVersion { space, key: key.into(), version });
        self
    }

    /// Requires that there is no record in the range.
    pub fn require_empty(mut self, space: Space, range: KeyRange) -> Self {
        self.preconditions.push(Precondition::Empty { space, range });
        self
    }

    /// Requires that the record under the key is as it was read: at that version, or absent.
    pub fn require_unchanged(
        self,
        space: Space,
        key: impl Into<Bytes>,
        version: Option<Version>,
    ) -> Self {
        match version {
            Some(version) => self.require(space, key, version),
            None => self.require_absent(space, key),
        }
    }

    /// Writes a record, new or not.
    pub fn put(mut self, space: Space, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        self.writes.push(Write::Put { space, key: key.into(), value: value.into() });
        self
    }

    /// Writes a record that must not be there yet.
    pub fn insert(self, space: Space, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        let key = key.into();
        self.require_absent(space, key.clone()).put(space, key, value)
    }

    /// Writes a record that must still be at the version.
    pub fn replace(
        self,
        space: Space,
        key: impl Into<Bytes>,
        version: Version,
        value: impl Into<Bytes>,
    ) -> Self {
        let key = key.into();
        self.require(space, key.clone(), version).put(space, key, value)
    }

    /// Deletes a record, there or not.
    pub fn delete(mut self, space: Space, key: impl Into<Bytes>) -> Self {
        self.writes.push(Write::Delete { space, key: key.into() });
        self
    }

    /// Deletes a record that must still be at the version.
    pub fn remove(self, space: Space, key: impl Into<Bytes>, version: Version) -> Self {
        let key = key.into();
        self.require(space, key.clone(), version).delete(space, key)
    }

    /// Adds all that the other batch requires and writes.
    pub fn and(mut self, other: Self) -> Self {
        self.preconditions.extend(other.preconditions);
        self.writes.extend(other.writes);
        self
    }

    /// What must hold.
    #[must_use]
    pub fn preconditions(&self) -> &[Precondition] {
        &self.preconditions
    }

    /// What changes, in order.
    #[must_use]
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// Refuses what no backend should be asked, so that all refuse the same.
    pub(crate) fn check(&self, declared: &[Space]) -> Result<(), StoreError> {
        let mut total = 0;
        for precondition in &self.preconditions {
            total += check_key(declared, precondition.space(), precondition.key())?;
        }
        for write in &self.writes {
            let (space, key) = write.target();
            total += check_key(declared, space, Some(key))?;
            if let Write::Put { value, .. } = write {
                total += within("value", value.len(), VALUE_BYTES_MAX)?;
            }
        }
        within("batch", total, BATCH_BYTES_MAX).map(drop)
    }
}

fn check_key(declared: &[Space], space: Space, key: Option<&Bytes>) -> Result<usize, StoreError> {
    check_space(declared, space)?;
    key.map_or(Ok(0), |key| within("key", key.len(), KEY_BYTES_MAX))
}

pub(crate) fn check_space(declared: &[Space], space: Space) -> Result<(), StoreError> {
    if declared.contains(&space) { Ok(()) } else { Err(StoreError::UnknownSpace(space)) }
}

fn within(what: &'static str, length: usize, limit: usize) -> Result<usize, StoreError> {
    if length <= limit { Ok(length) } else { Err(StoreError::TooLarge { what, limit, length }) }
}
