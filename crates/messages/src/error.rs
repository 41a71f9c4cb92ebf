use directory::Error as DirectoryError;
use session::{SealError, UnsealError};
use wire::{Fault, Refusal, Service};

/// Why the outbox was not read, or took nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MessagesError {
    #[error("NextToken was not given out by this operation")]
    InvalidToken,
    #[error("{0} is longer than a message may have it")]
    TooLong(&'static str),
    #[error("the caller belongs to no account")]
    NoAccount,
    #[error("only a service has something to send")]
    NoService,
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Unseal(#[from] UnsealError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl From<MessagesError> for Fault {
    fn from(error: MessagesError) -> Self {
        use MessagesError as E;
        let refusal = match error {
            E::InvalidToken | E::TooLong(_) => Refusal::InvalidValue,
            E::NoAccount | E::NoService => Refusal::NotAllowed,
            E::Directory(DirectoryError::Conflict) => Refusal::Throttled,
            E::Directory(DirectoryError::Store(_)) => Refusal::Unavailable,
            E::Seal(_) | E::Unseal(_) | E::Directory(DirectoryError::Unreadable { .. }) => {
                Refusal::Internal
            }
        };
        refusal.fault(Service::Cloakroom, error.to_string())
    }
}
