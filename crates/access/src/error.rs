//! What can go wrong with what IAM keeps, in AWS's words where they are known.

use directory::{EntityKind, Error as DirectoryError};
use iam::PolicyError;
use wire::{Fault, Refusal, Service, iam::ErrorCode};

/// Why an operation was refused.
///
/// Source: IAM API Reference, *Errors* of each operation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccessError {
    /// A value that the model's pattern or range does not allow.
    #[error("The specified value for {member} is invalid. {rule}")]
    Invalid { member: &'static str, rule: &'static str },
    #[error(
        "Duplicate tag keys found. Please note that Tag keys are case insensitive. ({0:?} is there \
         twice)"
    )]
    DuplicateTag(String),
    #[error("Must specify userName when calling with non-User credentials")]
    NoUserName,
    #[error("ARN {0} is not valid.")]
    InvalidArn(String),
    #[error("{} with name {name} already exists.", capitalised(*kind))]
    EntityExists { kind: EntityKind, name: String },
    #[error("A policy called {0} already exists. Duplicate names are not allowed.")]
    PolicyExists(String),
    #[error("The {kind} with name {name} cannot be found.")]
    NoSuchEntity { kind: EntityKind, name: String },
    #[error("The {kind} policy with name {name} cannot be found.")]
    NoSuchInlinePolicy { kind: EntityKind, name: String },
    #[error("Policy {0} was not found.")]
    NoSuchPolicy(String),
    #[error("Policy {0} does not exist or is not attachable.")]
    NotAttachable(String),
    #[error("Policy {policy} version {version} does not exist or is not attachable.")]
    NoSuchVersion { policy: String, version: String },
    #[error("The Access Key with id {0} cannot be found.")]
    NoSuchAccessKey(String),
    #[error("The {kind} {name} has no permissions boundary.")]
    NoBoundary { kind: EntityKind, name: String },
    #[error("Cannot delete entity, must {0} first.")]
    Remains(&'static str),
    #[error("Cannot delete a policy attached to entities.")]
    PolicyAttached,
    #[error(
        "This policy has more than one version. Before you delete a policy, you must delete the \
         policy's versions. The default version is deleted with the policy."
    )]
    VersionsRemain,
    #[error("Cannot delete the default version of a policy.")]
    DefaultVersion,
    #[error(
        "A managed policy can have up to {0} versions. Before you create a new version, you must \
         delete an existing version."
    )]
    TooManyVersions(usize),
    /// It may be decided otherwise now.
    #[error("What the request asks for was changed meanwhile. Try again.")]
    Changed,
    /// A user or group can be renamed only by who may do so under both ARNs.
    #[error("User: {caller} is not authorized to perform: {action} on resource: {resource}")]
    NotAllowed { caller: String, action: &'static str, resource: String },
    #[error("The secret of an access key could not be sealed: {0}")]
    Seal(#[from] session::SealError),
    #[error(transparent)]
    Malformed(#[from] PolicyError),
    /// AWS's words.
    #[error("Policy document must be version 2012-10-17 or greater.")]
    OldVersion,
    #[error(
        "The statement that lets cognito-identity.amazonaws.com take the role has no condition, so \
         that every identity of every identity pool could take it (line {line}, column {column}). \
         Add a condition on cognito-identity.amazonaws.com:aud, the identity pool's id."
    )]
    OpenToEveryPool { line: u32, column: u32 },
    #[error("Invalid principal in policy: \"AWS\":\"{0}\"")]
    NoSuchPrincipal(String),
    #[error("Cannot exceed quota for {quota}: {limit}")]
    Quota { quota: &'static str, limit: usize },
    #[error("Maximum policy size of {limit} bytes exceeded for {kind} {name}")]
    PoliciesTooLong { limit: usize, kind: EntityKind, name: String },
    #[error("the caller belongs to no account")]
    NoAccount,
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl From<AccessError> for Fault {
    fn from(error: AccessError) -> Self {
        let message = error.to_string();
        let code = match error {
            AccessError::Invalid { .. } | AccessError::NoUserName => {
                return Refusal::InvalidValue.fault(Service::Iam, message);
            }
            AccessError::NoAccount | AccessError::NotAllowed { .. } => {
                return Refusal::NotAllowed.fault(Service::Iam, message);
            }
            AccessError::Changed | AccessError::Directory(DirectoryError::Conflict) => {
                ErrorCode::ConcurrentModification
            }
            AccessError::Seal(_) => return Refusal::Internal.fault(Service::Iam, message),
            AccessError::Directory(error) => return of_directory(&error),
            AccessError::InvalidArn(_) | AccessError::DuplicateTag(_) => ErrorCode::InvalidInput,
            AccessError::EntityExists { .. } | AccessError::PolicyExists(_) => {
                ErrorCode::EntityAlreadyExists
            }
            AccessError::NoSuchEntity { .. }
            | AccessError::NoSuchInlinePolicy { .. }
            | AccessError::NoSuchPolicy(_)
            | AccessError::NotAttachable(_)
            | AccessError::NoSuchVersion { .. }
            | AccessError::NoSuchAccessKey(_)
            | AccessError::NoBoundary { .. } => ErrorCode::NoSuchEntity,
            AccessError::Remains(_)
            | AccessError::PolicyAttached
            | AccessError::VersionsRemain
            | AccessError::DefaultVersion => ErrorCode::DeleteConflict,
            AccessError::Malformed(_)
            | AccessError::OldVersion
            | AccessError::OpenToEveryPool { .. }
            | AccessError::NoSuchPrincipal(_) => ErrorCode::MalformedPolicyDocument,
            AccessError::Quota { .. }
            | AccessError::PoliciesTooLong { .. }
            | AccessError::TooManyVersions(_) => ErrorCode::LimitExceeded,
        };
        Self::new(code, message)
    }
}

fn capitalised(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Group => "Group",
        EntityKind::Role => "Role",
        EntityKind::User => "User",
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
