use std::error::Error;

use crate::{Precondition, Space};

/// Why a database could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The bounded queue before the database is full. Nothing was done.
    #[error("the store has more work waiting than it takes; try again later")]
    Busy,
    /// A key, a value or a batch exceeds its limit. Nothing was done.
    #[error("a {what} has at most {limit} bytes, this one has {length}")]
    TooLarge {
        /// `key`, `value` or `batch`.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
        /// The length in bytes.
        length: usize,
    },
    /// The space was not declared when the database was opened. Nothing was done.
    #[error("the space {0} was not declared when the database was opened")]
    UnknownSpace(Space),
    /// The disk, or the database's quota, is full.
    #[error("the store has no space left: {0}")]
    Full(#[source] Box<dyn Error + Send + Sync>),
    /// The database was written by a newer release.
    #[error("the database has format {found}, this release reads up to {known}; use a newer one")]
    NewerFormat {
        /// The format that was found.
        found: i64,
        /// The newest format this release reads.
        known: i64,
    },
    /// The database cannot be reached or used.
    #[error("the store cannot be used: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreError {
    pub(crate) fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }
}

/// Why a batch was not applied.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// This precondition did not hold. Nothing was written: read again, decide again.
    #[error("the precondition does not hold: {0}")]
    Conflict(Precondition),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
