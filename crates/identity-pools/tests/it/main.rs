//! Identity pools behind the gate, beside the real IAM and STS operations. Only the user pools are
//! stand-ins: a key, the operation that publishes it, and the one that knows who was signed out.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests and their helpers"
)]

mod credentials;
mod developers;
mod guests;
mod linking;
mod pools;
mod principal_tags;
mod role_mapping;
mod roles;
mod tags;
mod token_check;
mod world;
