//! The key ring; seals and opens session credentials and secrets at rest.
