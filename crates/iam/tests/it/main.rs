//! The engine as its users see it: a table of cases as data, and properties.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod cases;
mod explanations;
mod million;
mod naive;
mod properties;
