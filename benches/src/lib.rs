//! Measurements with criterion.
