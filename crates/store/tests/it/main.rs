//! One contract suite for records, run over each backend, and one for blobs; then what only one
//! backend promises.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends with what it did not expect"
)]

mod blobs;
mod disk;
mod postgres;
mod records;
mod sqlite;
