//! Stacks, as a client of CloudFormation's operations sees them.

pub(crate) mod apply;
pub(crate) mod operations;
pub(crate) mod template_file;
