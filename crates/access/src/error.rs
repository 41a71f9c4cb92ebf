//! What can go wrong with a role, in AWS's words where they are known.

use directory::Error as DirectoryError;
use iam::PolicyError;
use wire::{Fault, Refusal, Service, iam::ErrorCode};

/// Why an operation on a role was refused.
///
/// Source: IAM API Reference, *Errors* of each operation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccessError {
    /// A value that the model's pattern or range does not allow.
    #[error("The specified value for {member} is invalid. {rule}")]
    Invalid { member: &'static str, rule: &'static str },
    #[error("{0} is not served; leave it out")]
    NotServed(&'static str),
    #[error(
        "Duplicate tag keys found. Please note that Tag keys are case insensitive. ({0:?} is there \
         twice)"
    )]
    DuplicateTag(String),
    #[error("Role with name {0} already exists.")]
    RoleExists(String),
    #[error("The role with name {0} cannot be found.")]
    NoSuchRole(String),
    #[error("The role policy with name {0} cannot be found.")]
    NoSuchPolicy(String),
    #[error("Cannot delete entity, must delete policies first.")]
    PoliciesRemain,
    #[error(transparent)]
    Malformed(#[from] PolicyError),
    #[error(
        "The statement that lets cognito-identity.amazonaws.com take the role has no condition, so \
         that every identity of every identity pool could take it (line {line}, column {column}). \
         Add a condition on cognito-identity.amazonaws.com:aud, the identity pool's id."
    )]
    OpenToEveryPool { line: u32, column: u32 },
    #[error("Cannot exceed quota for {quota}: {limit}")]
    Quota { quota: &'static str, limit: usize },
    #[error("Maximum policy size of {limit} bytes exceeded for role {role}")]
    PoliciesTooLong { limit: usize, role: String },
    #[error("the caller belongs to no account")]
    NoAccount,
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl From<AccessError> for Fault {
    fn from(error: AccessError) -> Self {
        let message = error.to_string();
        let code = match error {
            AccessError::Invalid { .. } => {
                return Refusal::InvalidValue.fault(Service::Iam, message);
            }
            AccessError::NoAccount => return Refusal::NotAllowed.fault(Service::Iam, message),
            AccessError::Directory(DirectoryError::Conflict) => ErrorCode::ConcurrentModification,
            AccessError::Directory(error) => return of_directory(&error),
            AccessError::NotServed(_) | AccessError::DuplicateTag(_) => ErrorCode::InvalidInput,
            AccessError::RoleExists(_) => ErrorCode::EntityAlreadyExists,
            AccessError::NoSuchRole(_) | AccessError::NoSuchPolicy(_) => ErrorCode::NoSuchEntity,
            AccessError::PoliciesRemain => ErrorCode::DeleteConflict,
            AccessError::Malformed(_) | AccessError::OpenToEveryPool { .. } => {
                ErrorCode::MalformedPolicyDocument
            }
            AccessError::Quota { .. } | AccessError::PoliciesTooLong { .. } => {
                ErrorCode::LimitExceeded
            }
        };
        Self::new(code, message)
    }
}

/// What a caller is told of a directory that does not answer: that it does not. The operator is told
/// why.
fn of_directory(error: &DirectoryError) -> Fault {
    tracing::error!(%error, "the directory did not answer or did not change");
    let (refusal, message) = match error {
        DirectoryError::Unreadable { .. } => (Refusal::Internal, "A record cannot be read."),
        DirectoryError::Conflict | DirectoryError::Store(_) => {
            (Refusal::Unavailable, "The directory does not answer. Try again.")
        }
    };
    refusal.fault(Service::Iam, message)
}
