//! What a login that is refused is told: AWS's words, which applications are known to look at.

use directory::{Error as DirectoryError, TokenKeyError};
use tokens::{SignError, TokenError};
use wire::{Fault, Refusal, Service, cognito_identity::ErrorCode};
use workers::WorkError;

use crate::{
    error::of_directory, ids::InvalidMember, linking::LinkError, principal_tags::TagError,
    role_choice::RoleError,
};

/// Why an unsigned operation gives no identity, token or credentials.
///
/// Sources: the API reference for the codes; for the words, what AWS was seen to answer
/// (`docs/aws-behaviour.md`, section 3).
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    #[error(transparent)]
    Member(#[from] InvalidMember),
    #[error("IdentityPool '{0}' not found.")]
    NoSuchPool(String),
    #[error("Identity '{0}' not found.")]
    NoSuchIdentity(String),
    #[error("Invalid login token. {0}")]
    Token(#[from] InvalidToken),
    #[error("Token is not from a supported provider of this identity pool.")]
    UnsupportedProvider,
    #[error(
        "Logins don't match. Please include at least one valid login for this identity or identity \
         pool."
    )]
    AnothersLogin,
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("The developer user identifier is registered under another identity.")]
    DeveloperUserElsewhere,
    #[error("{0}")]
    Parameter(String),
    #[error(transparent)]
    Tag(#[from] TagError),
    #[error("Access to Identity '{0}' is forbidden.")]
    LoginMissing(String),
    #[error("Unauthenticated access is not supported for this identity pool.")]
    NoGuests,
    #[error("Basic (classic) flow is not enabled, please use enhanced flow.")]
    NoClassicFlow,
    #[error(transparent)]
    Role(#[from] RoleError),
    #[error("Invalid identity pool configuration. Check assigned IAM roles for this pool.")]
    RoleRefused,
    #[error("the key of this identity pool's tokens is missing")]
    KeyMissing,
    #[error(transparent)]
    TokenKey(#[from] TokenKeyError),
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error(transparent)]
    Slow(#[from] WorkError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A service that had to be asked; the operator is told what it said.
    #[error("Another service did not answer. Try again.")]
    Unanswered,
}

/// What is wrong with a login's token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidToken {
    #[error("Not a valid OpenId Connect identity token.")]
    Unreadable,
    #[error("Couldn't verify signed token.")]
    Unverified,
    #[error("Issuer doesn't match providerName")]
    Issuer,
    #[error("Missing a required claim: {0}")]
    ClaimMissing(&'static str),
    #[error("Token expired: {now} >= {exp}")]
    Expired { now: i64, exp: i64 },
    #[error("Token not yet valid: {now} < {begin}")]
    NotYet { now: i64, begin: i64 },
    #[error("Token is not an identity token: its token_use is not id")]
    Use,
    /// `ServerSideTokenCheck`; what AWS says is not known.
    #[error("The user is signed out, disabled or deleted.")]
    Revoked,
}

impl From<TokenError> for LoginError {
    fn from(error: TokenError) -> Self {
        Self::Token(match error {
            TokenError::WrongAudience { .. } => return Self::UnsupportedProvider,
            TokenError::Malformed(_) => InvalidToken::Unreadable,
            TokenError::Unverified => InvalidToken::Unverified,
            TokenError::MissingClaim(claim) => InvalidToken::ClaimMissing(claim),
            TokenError::WrongIssuer { .. } => InvalidToken::Issuer,
            TokenError::Expired { now, exp } => InvalidToken::Expired { now, exp },
            TokenError::NotYet { now, begin, .. } => InvalidToken::NotYet { now, begin },
            TokenError::WrongUse { .. } => InvalidToken::Use,
        })
    }
}

impl From<LoginError> for Fault {
    fn from(error: LoginError) -> Self {
        let message = error.to_string();
        let refusal = |refusal: Refusal| refusal.fault(Service::CognitoIdentity, message.clone());
        let code = match error {
            LoginError::Member(_) => return refusal(Refusal::InvalidValue),
            LoginError::Slow(WorkError::Full) => return refusal(Refusal::Busy),
            LoginError::Unanswered => return refusal(Refusal::Unavailable),
            LoginError::Directory(error) => return of_directory(&error),
            LoginError::NoSuchPool(_) | LoginError::NoSuchIdentity(_) => {
                ErrorCode::ResourceNotFoundException
            }
            LoginError::Token(_)
            | LoginError::UnsupportedProvider
            | LoginError::AnothersLogin
            | LoginError::LoginMissing(_)
            | LoginError::NoGuests
            | LoginError::Role(RoleError::Denied | RoleError::NotOffered) => {
                ErrorCode::NotAuthorizedException
            }
            LoginError::Link(LinkError::SameProvider) => ErrorCode::ResourceConflictException,
            LoginError::DeveloperUserElsewhere => {
                ErrorCode::DeveloperUserAlreadyRegisteredException
            }
            LoginError::NoClassicFlow
            | LoginError::Parameter(_)
            | LoginError::Link(LinkError::TooMany) => ErrorCode::InvalidParameterException,
            LoginError::Role(RoleError::NotConfigured)
            | LoginError::RoleRefused
            | LoginError::Tag(_) => ErrorCode::InvalidIdentityPoolConfigurationException,
            LoginError::KeyMissing
            | LoginError::TokenKey(_)
            | LoginError::Sign(_)
            | LoginError::Slow(WorkError::Stopped) => ErrorCode::InternalErrorException,
        };
        Self::new(code, message)
    }
}
