use std::fmt;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use types::Timestamp;

use crate::{Batch, CommitError, Page, Scan, StoreError};

/// Records in byte order of their keys, in named spaces, changed only by atomic batches.
///
/// One instance is one database: an SQLite file or a PostgreSQL schema. No batch spans two.
/// Every commit is serialised with every other of the same database, whatever node it comes from,
/// so a batch's preconditions hold at the very moment its writes take effect.
pub trait Records: Send + Sync + 'static {
    /// The record under `key`, if there is one.
    ///
    /// On SQLite this runs in place and never yields (under 10 µs), so it is fit for the path of
    /// every request.
    ///
    /// # Errors
    /// [`StoreError`], if the database cannot be read.
    fn get<'a>(
        &'a self,
        space: Space,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Versioned<Bytes>>, StoreError>>;

    /// Some records of a range in byte order, all as of one moment.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if too many scans wait already, or another [`StoreError`].
    fn scan(&self, scan: Scan) -> BoxFuture<'_, Result<Page, StoreError>>;

    /// Applies the whole batch if all its preconditions hold, else nothing of it.
    ///
    /// Once this returns the revision, the batch survives a crash and a loss of power, and
    /// [`Records::freshness`] and [`Records::changes_since`] of this instance show it.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] if a precondition does not hold: nothing was written. Any other error
    /// that is not [`StoreError::Busy`], [`StoreError::TooLarge`] or [`StoreError::UnknownSpace`]
    /// leaves open whether the batch was applied: read again.
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>>;

    /// Up to which commit this instance knows the database, and when it last heard from it.
    ///
    /// Costs a few atomic reads. What is read *after* this call is at least as new as the revision
    /// it returned, so a cache stores that revision with what it read.
    fn freshness(&self) -> Freshness;

    /// The keys that commits behind `revision` wrote or deleted, as far as this instance remembers.
    ///
    /// Costs no I/O: recent changes are kept in memory.
    fn changes_since(&self, revision: Revision) -> Changes;
}

/// A named part of a database with keys of its own: lower-case ASCII letters, digits and `_`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Space(&'static str);

impl Space {
    /// The space of this name.
    ///
    /// # Panics
    /// If the name is empty, longer than 40 bytes or has other characters than those above; as it is
    /// meant for constants, that is when the program is compiled.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(!bytes.is_empty() && bytes.len() <= 40, "a space's name has 1 to 40 bytes");
        let mut rest = bytes;
        while let [first, others @ ..] = rest {
            assert!(
                first.is_ascii_lowercase() || first.is_ascii_digit() || *first == b'_',
                "a space's name has lower-case letters, digits and _"
            );
            rest = others;
        }
        Self(name)
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Space({self})")
    }
}

/// The number of a commit: each commit of a database has a higher one than all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Revision(pub u64);

/// Which write of a record this is; never used again for the same key, not even after a deletion.
///
/// It is the revision of the commit that wrote the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub u64);

/// A value with the version it was read at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The version to name in a precondition, so that nothing changed in between.
    pub version: Version,
    /// The value.
    pub value: T,
}

impl<T> Versioned<T> {
    /// The same version of something made from the value.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Versioned<U> {
        Versioned { version: self.version, value: with(self.value) }
    }

    /// The same version of something made from the value, unless that fails.
    ///
    /// # Errors
    /// Whatever `with` returns.
    pub fn try_map<U, E>(self, with: impl FnOnce(T) -> Result<U, E>) -> Result<Versioned<U>, E> {
        Ok(Versioned { version: self.version, value: with(self.value)? })
    }
}

/// How well an instance knows its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// All commits up to this one are known.
    pub revision: Revision,
    /// The moment up to which no other commit can have happened unknown to this instance. With SQLite,
    /// where every commit passes through the instance, that is the present moment.
    pub heard_at: Timestamp,
}

/// What happened since a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// These keys, and no others, were written or deleted up to and including `revision`. A key may
    /// stand here more than once.
    Keys {
        /// What the caller knows of after it dealt with `keys`.
        revision: Revision,
        /// The keys, oldest change first.
        keys: Vec<(Space, Bytes)>,
    },
    /// It is too long ago: anything may have changed up to and including `revision`.
    Anything {
        /// What the caller knows of after it forgot all it knew.
        revision: Revision,
    },
}
