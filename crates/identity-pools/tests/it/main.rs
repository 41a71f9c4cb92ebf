//! Identity pools behind the gate, beside the real IAM and STS operations. Only the user pool is a
//! stand-in: a key, and the operation that publishes it.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests and their helpers"
)]

mod credentials;
mod guests;
mod pools;
mod roles;
mod world;
