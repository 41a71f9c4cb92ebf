//! Ordered records with atomic conditional batches, and blobs: two traits, two contract suites.
//!
//! [`Records`] is all that the rest of Cloakroom knows of a database, [`Blobs`] all that it knows of
//! a file system. The only SQL of the project is here, behind [`SqliteRecords`] and
//! [`PostgresRecords`]; what a record means is never here: keys and values are bytes.
//!
//! One contract suite for records is run over both databases, one for blobs over the disk
//! (`tests/it`).
//!
//! Deliberately absent: queries, open transactions, secondary indexes, retries of conflicts (the
//! caller reads again and decides again), any clock or random source of its own.

mod batch;
mod blobs;
mod disk;
mod error;
pub mod key;
mod postgres;
mod recent;
mod records;
mod scan;
mod sqlite;

pub use batch::{BATCH_BYTES_MAX, Batch, KEY_BYTES_MAX, Precondition, VALUE_BYTES_MAX, Write};
pub use blobs::{BlobError, BlobId, BlobStream, Blobs, StagedBlob};
pub use disk::DiskBlobs;
pub use error::{CommitError, StoreError};
pub use key::{Key, KeyReader};
pub use postgres::PostgresRecords;
pub use records::{Changes, Freshness, Records, Revision, Space, Version, Versioned};
pub use scan::{Direction, Entry, KeyRange, PAGE_BYTES_MAX, Page, Scan};
pub use sqlite::SqliteRecords;
