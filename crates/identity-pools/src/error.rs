//! What can go wrong for whoever administers a pool.

use directory::{Error as DirectoryError, TokenKeyError};
use tokens::KeyError;
use wire::{Fault, Refusal, Service, cognito_identity::ErrorCode};

use workers::WorkError;

use crate::{ids::InvalidMember, login_error::LoginError, principal_tags::TagError};

/// Why a signed operation on a pool or an identity was refused.
///
/// Source: Amazon Cognito Federated Identities API Reference, *Errors* of each operation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PoolError {
    #[error(transparent)]
    Member(#[from] InvalidMember),
    /// A parameter that breaks a rule which is not a pattern.
    #[error("{0}")]
    Parameter(String),
    /// A quota of AWS's.
    #[error("{0}")]
    LimitExceeded(String),
    #[error("{member} is not served; leave it out")]
    NotServed { member: &'static str },
    #[error("IdentityPool '{0}' not found.")]
    NoSuchPool(String),
    #[error("Identity '{0}' not found.")]
    NoSuchIdentity(String),
    #[error("Cross-account pass role is not allowed. ({0} belongs to another account)")]
    CrossAccountRole(String),
    /// Something of the pool that a request names by another word than an id.
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Conflict(String),
    #[error("the caller belongs to no account")]
    NoAccount,
    #[error(transparent)]
    Tag(#[from] TagError),
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    TokenKey(#[from] TokenKeyError),
    #[error(transparent)]
    Slow(#[from] WorkError),
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        let message = error.to_string();
        let refusal = |refusal: Refusal| refusal.fault(Service::CognitoIdentity, message.clone());
        let code = match error {
            PoolError::Member(_) => return refusal(Refusal::InvalidValue),
            PoolError::CrossAccountRole(_) | PoolError::NoAccount => {
                return refusal(Refusal::NotAllowed);
            }
            PoolError::Slow(WorkError::Full) => return refusal(Refusal::Busy),
            PoolError::Directory(error) => return of_directory(&error),
            PoolError::Login(error) => return error.into(),
            PoolError::Slow(WorkError::Stopped) | PoolError::Key(_) | PoolError::TokenKey(_) => {
                ErrorCode::InternalErrorException
            }
            PoolError::Parameter(_) | PoolError::NotServed { .. } | PoolError::Tag(_) => {
                ErrorCode::InvalidParameterException
            }
            PoolError::NoSuchPool(_) | PoolError::NoSuchIdentity(_) | PoolError::NotFound(_) => {
                ErrorCode::ResourceNotFoundException
            }
            PoolError::Conflict(_) => ErrorCode::ResourceConflictException,
            PoolError::LimitExceeded(_) => ErrorCode::LimitExceededException,
        };
        Self::new(code, message)
    }
}

/// What a caller is told of a directory that does not answer: that it does not. The operator is told
/// why.
pub(crate) fn of_directory(error: &DirectoryError) -> Fault {
    if matches!(error, DirectoryError::Conflict) {
        return Fault::new(ErrorCode::ConcurrentModificationException, error.to_string());
    }
    tracing::error!(%error, "the directory did not answer or did not change");
    match error {
        DirectoryError::Unreadable { .. } => {
            Fault::new(ErrorCode::InternalErrorException, "A record cannot be read.")
        }
        DirectoryError::Conflict | DirectoryError::Store(_) => {
            let message = "The directory does not answer. Try again.";
            Refusal::Unavailable.fault(Service::CognitoIdentity, message)
        }
    }
}
