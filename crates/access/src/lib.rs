//! The IAM service: roles and their inline policies, as AWS operations.
