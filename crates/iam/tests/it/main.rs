//! The engine as its users see it: a table of cases as data, and properties.

mod cases;
mod explanations;
mod properties;
