//! Why no session is given out, in AWS's words where they are known.

use gate::IssueError;
use iam::PolicyError;
use session::SealError;
use types::{Arn, ArnError};
use wire::{Fault, Refusal, Service, sts::ErrorCode};

/// Why there is no session.
///
/// Source: STS API Reference, *Errors* of each operation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error("{0} is invalid")]
    InvalidArn(#[from] ArnError),
    #[error(
        "The specified value for {member} is invalid. It must contain only alphanumeric characters \
         and/or the following: {also}"
    )]
    Name { member: &'static str, also: &'static str },
    #[error("{member} is not served; leave it out")]
    NotServed { member: &'static str },
    #[error("DurationSeconds must be from {shortest} to {longest}, it is {requested}")]
    Duration { requested: i32, shortest: u32, longest: u32 },
    #[error(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role. \
         ({requested} > {longest})"
    )]
    TooLong { requested: u32, longest: u32 },
    #[error(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role \
         chaining"
    )]
    TooLongInChain,
    #[error("{0}")]
    Tags(&'static str),
    #[error("Policy must have at most {limit} characters, it has {length}")]
    PolicyTooLong { limit: usize, length: usize },
    #[error("PolicyArns must name at most {0} policies")]
    TooManyPolicies(usize),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("Roles may not be assumed by root accounts.")]
    Root,
    #[error("The source identity of a chain of roles cannot be changed")]
    SourceIdentityChanged,
    #[error("{operation} is for {whom}")]
    NotForCaller { operation: &'static str, whom: &'static str },
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl From<SessionError> for Fault {
    fn from(error: SessionError) -> Self {
        use SessionError as E;
        let message = error.to_string();
        match error {
            E::InvalidArn(_)
            | E::Name { .. }
            | E::NotServed { .. }
            | E::Duration { .. }
            | E::TooLong { .. }
            | E::TooLongInChain
            | E::Tags(_)
            | E::PolicyTooLong { .. }
            | E::TooManyPolicies(_)
            | E::Issue(IssueError::NoSuchPolicy(_)) => {
                Refusal::InvalidValue.fault(Service::Sts, message)
            }
            E::Policy(_) => Self::new(ErrorCode::MalformedPolicyDocument, message),
            E::Root | E::SourceIdentityChanged | E::NotForCaller { .. } => {
                Refusal::NotAllowed.fault(Service::Sts, message)
            }
            E::Issue(IssueError::Seal(SealError::PackedPolicyTooLarge { .. })) => {
                Self::new(ErrorCode::PackedPolicyTooLarge, message)
            }
            E::Issue(IssueError::Directory(error)) => {
                tracing::error!(%error, "the directory does not answer");
                Refusal::Unavailable
                    .fault(Service::Sts, "The directory does not answer. Try again.")
            }
            E::Issue(IssueError::NoGrant | IssueError::Seal(_)) => {
                Refusal::Internal.fault(Service::Sts, message)
            }
        }
    }
}

/// The ARN that a request gives.
pub(crate) fn parse_arn(text: &str) -> Result<Arn, SessionError> {
    Ok(text.parse()?)
}
