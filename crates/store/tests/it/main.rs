//! One contract suite for records, run over each backend, and one for blobs; then what only one
//! backend promises.

mod blobs;
mod disk;
mod records;
mod sqlite;
