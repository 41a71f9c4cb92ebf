//! What can go wrong, in CloudFormation's words where they are known.

use directory::Error as DirectoryError;
use gate::DelegationError;
use session::{SealError, UnsealError};
use wire::{Fault, Refusal, Service, cloudformation::ErrorCode};

/// Why an operation was refused.
///
/// Source: CloudFormation API Reference, *Errors* of each operation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StackError {
    /// A value that breaks a rule.
    #[error("{0}")]
    Invalid(String),
    #[error("{0} is not served; leave it out")]
    NotServed(&'static str),
    /// The template, with the lines that are wrong.
    #[error("Template format error: {0}")]
    Template(String),
    #[error("Stack with id {0} does not exist")]
    NoSuchStack(String),
    #[error("Stack [{0}] does not exist")]
    NoSuchStackToChange(String),
    #[error("Stack [{0}] already exists")]
    StackExists(String),
    #[error("ChangeSet [{0}] does not exist")]
    NoSuchChangeSet(String),
    #[error("ChangeSet {0} cannot be created due to a mismatch with existing attribute Template")]
    ChangeSetExists(String),
    #[error("{0}")]
    ChangeSetStatus(String),
    #[error("Requires capabilities : [{0}]")]
    Capabilities(String),
    #[error("No updates are to be performed.")]
    NoUpdates,
    #[error("Role {0} is invalid or cannot be assumed")]
    RoleNotTrusted(String),
    /// What the gate refused.
    #[error("{0}")]
    Refused(Fault),
    #[error("the caller belongs to no account")]
    NoAccount,
    #[error("the pagination token is not one of this listing")]
    Token,
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Unseal(#[from] UnsealError),
    #[error("what was kept of the stack cannot be read: {0}")]
    Damaged(&'static str),
}

impl From<DelegationError> for StackError {
    fn from(error: DelegationError) -> Self {
        match error {
            DelegationError::Refused(fault) => Self::Refused(fault),
            DelegationError::NotTrusted(role) => Self::RoleNotTrusted(role.to_string()),
            DelegationError::NotDelegable => Self::NoAccount,
        }
    }
}

impl From<StackError> for Fault {
    fn from(error: StackError) -> Self {
        let message = error.to_string();
        let refusal = |refusal: Refusal| refusal.fault(Service::Cloudformation, message.clone());
        let code = match error {
            StackError::Refused(fault) => return fault,
            StackError::Invalid(_)
            | StackError::NotServed(_)
            | StackError::Template(_)
            | StackError::NoSuchStack(_)
            | StackError::NoSuchStackToChange(_)
            | StackError::NoUpdates
            | StackError::RoleNotTrusted(_)
            | StackError::Token
            | StackError::Seal(SealError::TooLong { .. }) => return refusal(Refusal::InvalidValue),
            StackError::NoAccount => return refusal(Refusal::NotAllowed),
            StackError::Directory(error) => return of_directory(&error),
            StackError::Seal(_) | StackError::Unseal(_) | StackError::Damaged(_) => {
                tracing::error!(error = message, "a stack's record cannot be used");
                let message = "A record of the stack cannot be read or written.";
                return Refusal::Internal.fault(Service::Cloudformation, message);
            }
            StackError::StackExists(_) | StackError::ChangeSetExists(_) => {
                ErrorCode::AlreadyExistsException
            }
            StackError::NoSuchChangeSet(_) => ErrorCode::ChangeSetNotFound,
            StackError::ChangeSetStatus(_) => ErrorCode::InvalidChangeSetStatus,
            StackError::Capabilities(_) => ErrorCode::InsufficientCapabilitiesException,
        };
        Self::new(code, message)
    }
}

/// What a caller is told of a directory that does not answer: that it does not. The operator is told
/// why.
fn of_directory(error: &DirectoryError) -> Fault {
    let (refusal, message) = match error {
        DirectoryError::Conflict => {
            let message = "Another operation on the stack came first. Try again.";
            return Refusal::Throttled.fault(Service::Cloudformation, message);
        }
        DirectoryError::Unreadable { .. } => (Refusal::Internal, "A record cannot be read."),
        DirectoryError::Store(_) => {
            (Refusal::Unavailable, "The directory does not answer. Try again.")
        }
    };
    tracing::error!(%error, "the directory did not answer or did not change");
    refusal.fault(Service::Cloudformation, message)
}
