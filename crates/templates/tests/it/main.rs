//! Templates as their users see them: cases as data, and properties.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod limits;
mod properties;
mod world;
