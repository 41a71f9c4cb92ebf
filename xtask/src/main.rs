//! Project tasks: tests, generated code, checks.

fn main() {}
