//! What can go wrong in a user pool, in AWS's words where they are known.

use directory::{Error as DirectoryError, TokenKeyError};
use session::{SealError, UnsealError};
use tokens::{KeyError, SignError};
use types::UserPoolId;
use wire::{Fault, Refusal, Service, cognito_idp::ErrorCode};

use workers::WorkError;

use crate::{password_policy::PolicyViolation, passwords::HashError};

/// Why an operation on a user pool was refused.
///
/// Source: Amazon Cognito User Pools API Reference, *Errors* of each operation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UserPoolsError {
    /// A text that the model's pattern does not allow. The text is not shown: it may be a secret.
    #[error(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: {pattern}"
    )]
    Pattern { member: &'static str, pattern: &'static str },
    /// Anything else about the input.
    #[error("{0}")]
    InvalidParameter(String),
    #[error("{0} is not served; leave it out")]
    NotServed(&'static str),
    /// Tags that cannot be put on a pool.
    #[error("{0}")]
    Tagging(String),
    #[error("Password did not conform with policy: {0}")]
    Password(#[from] PolicyViolation),
    #[error("Password has previously been used")]
    PasswordUsed,
    #[error("User pool {0} does not exist.")]
    NoSuchPool(UserPoolId),
    #[error("User pool client {0} does not exist.")]
    NoSuchClient(String),
    #[error("Scope does not exist: {0}")]
    NoSuchScope(String),
    #[error("{0}")]
    InvalidOAuthFlow(&'static str),
    #[error("Domain not found.")]
    NoSuchDomain,
    #[error("Group not found.")]
    NoSuchGroup,
    #[error("User does not exist.")]
    NoSuchUser,
    /// The same, said to an application that has a code sent or answers with one. Seen in
    /// aws-amplify/aws-sdk-ios#4837.
    #[error("Username/client id combination not found.")]
    NobodyToSendTo,
    #[error("User account already exists")]
    UsernameExists,
    #[error("An account with the given {0} already exists.")]
    AliasExists(&'static str),
    /// The same where addresses take the place of user names.
    #[error("An account with the given {0} already exists.")]
    AddressExists(&'static str),
    #[error("A client attempted to write unauthorized attribute")]
    UnauthorizedAttribute,
    #[error("A group with the name {0} already exists.")]
    GroupExists(String),
    #[error("Cannot exceed quota for {quota}: {limit}")]
    Quota { quota: &'static str, limit: usize },
    #[error("Incorrect username or password.")]
    WrongPassword,
    #[error("Password attempts exceeded")]
    AttemptsExceeded,
    #[error("User is disabled.")]
    UserDisabled,
    #[error("Temporary password has expired and must be reset by an administrator.")]
    TemporaryPasswordExpired,
    #[error("Client {0} is configured with secret but SECRET_HASH was not received")]
    SecretHashMissing(String),
    #[error("Unable to verify secret hash for client {0}")]
    WrongSecretHash(String),
    #[error("Invalid Refresh Token")]
    InvalidRefreshToken,
    #[error("Refresh Token has been revoked")]
    RefreshTokenRevoked,
    #[error("Refresh Token has expired")]
    RefreshTokenExpired,
    #[error("Refresh token has been used already")]
    RefreshTokenReused,
    #[error("Invalid session for the user.")]
    InvalidSession,
    #[error("Invalid session for the user, session is expired.")]
    SessionExpired,
    #[error("Invalid session for the user, session can only be used once.")]
    SessionUsed,
    #[error("User is not confirmed.")]
    UserNotConfirmed,
    #[error("Password reset required for the user")]
    PasswordResetRequired,
    #[error("Unable to verify secret for client {0}")]
    WrongSecret(String),
    #[error("Invalid verification code provided, please try again.")]
    CodeMismatch,
    #[error("Invalid code provided, please request a code again.")]
    CodeExpired,
    #[error("Attempt limit exceeded, please try after some time.")]
    CodeLimit,
    #[error("The message could not be handed over.")]
    NotDelivered,
    #[error("User already exists")]
    UserExists,
    #[error("SignUp is not permitted for this user pool")]
    SignUpNotPermitted,
    #[error("User cannot be confirmed. Current status is {0}")]
    NotToBeConfirmed(&'static str),
    #[error("User is already confirmed.")]
    AlreadyConfirmed,
    #[error("There is no email or phone_number of the user that could be verified.")]
    NothingToVerify,
    #[error(
        "Cannot reset password for the user as there is no registered/verified email or phone_number"
    )]
    NowhereToRecover,
    #[error("User password cannot be reset in the current state.")]
    NotRecoverable,
    #[error("Contact administrator to reset password.")]
    OnlyAdministratorsRecover,
    #[error("Resend not possible. {0} status is not FORCE_CHANGE_PASSWORD")]
    NotInvited(String),
    #[error(
        "Refresh token rotation is enabled for this client; use GetTokensFromRefreshToken instead"
    )]
    RotatesRefreshTokens,
    #[error("Invalid client secret")]
    WrongClientSecret,
    #[error("Token was not issued to this client")]
    OfAnotherClient,
    #[error("Token revocation is not enabled for this client")]
    RevocationNotEnabled,
    #[error("Only refresh tokens can be revoked")]
    NotARefreshToken,
    #[error("Invalid Access Token")]
    InvalidAccessToken,
    #[error("Access Token has expired")]
    AccessTokenExpired,
    #[error("Access Token has been revoked")]
    AccessTokenRevoked,
    #[error("Access Token does not have required scopes")]
    AccessTokenScope,
    #[error("the caller belongs to no account")]
    NoAccount,
    #[error("a token cannot be issued: {0}")]
    Sign(#[from] SignError),
    #[error(transparent)]
    Work(#[from] WorkError),
    #[error("a key of the user pool cannot be used: {0}")]
    TokenKey(#[from] TokenKeyError),
    #[error("the user pool has lost a key that it signs with")]
    NoTokenKey,
    #[error("what is said of nobody cannot be made up")]
    NoDecoy,
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Unseal(#[from] UnsealError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl UserPoolsError {
    /// A parameter of the map of a sign-in that is not there.
    pub(crate) fn missing(parameter: &str) -> Self {
        Self::InvalidParameter(format!("Missing required parameter {parameter}"))
    }
}

impl From<UserPoolsError> for Fault {
    fn from(error: UserPoolsError) -> Self {
        use UserPoolsError as E;
        let message = error.to_string();
        let code = match error {
            E::Pattern { .. } | E::InvalidParameter(_) | E::NotServed(_) => {
                ErrorCode::InvalidParameterException
            }
            E::NoSuchScope(_) => ErrorCode::ScopeDoesNotExistException,
            E::InvalidOAuthFlow(_) => ErrorCode::InvalidOAuthFlowException,
            E::Tagging(_) => ErrorCode::UserPoolTaggingException,
            E::PasswordUsed => ErrorCode::PasswordHistoryPolicyViolationException,
            E::Password(_) => ErrorCode::InvalidPasswordException,
            E::NoSuchPool(_) | E::NoSuchClient(_) | E::NoSuchGroup | E::NoSuchDomain => {
                ErrorCode::ResourceNotFoundException
            }
            E::NoSuchUser | E::NobodyToSendTo => ErrorCode::UserNotFoundException,
            E::UsernameExists | E::UserExists | E::AddressExists(_) => {
                ErrorCode::UsernameExistsException
            }
            E::AliasExists(_) => ErrorCode::AliasExistsException,
            E::GroupExists(_) => ErrorCode::GroupExistsException,
            E::Quota { .. } | E::CodeLimit => ErrorCode::LimitExceededException,
            E::WrongPassword
            | E::AttemptsExceeded
            | E::UserDisabled
            | E::TemporaryPasswordExpired
            | E::SecretHashMissing(_)
            | E::WrongSecretHash(_)
            | E::WrongSecret(_)
            | E::InvalidRefreshToken
            | E::RefreshTokenRevoked
            | E::InvalidSession
            | E::SignUpNotPermitted
            | E::NotToBeConfirmed(_)
            | E::NotRecoverable
            | E::OnlyAdministratorsRecover
            | E::SessionExpired
            | E::SessionUsed
            | E::RefreshTokenExpired
            | E::InvalidAccessToken
            | E::AccessTokenExpired
            | E::AccessTokenRevoked
            | E::AccessTokenScope
            | E::UnauthorizedAttribute => ErrorCode::NotAuthorizedException,
            E::CodeMismatch => ErrorCode::CodeMismatchException,
            E::CodeExpired => ErrorCode::ExpiredCodeException,
            E::NotDelivered => ErrorCode::CodeDeliveryFailureException,
            E::NotInvited(_) => ErrorCode::UnsupportedUserStateException,
            E::RotatesRefreshTokens
            | E::AlreadyConfirmed
            | E::NothingToVerify
            | E::NowhereToRecover => ErrorCode::InvalidParameterException,
            E::RefreshTokenReused => ErrorCode::RefreshTokenReuseException,
            E::UserNotConfirmed => ErrorCode::UserNotConfirmedException,
            E::PasswordResetRequired => ErrorCode::PasswordResetRequiredException,
            E::WrongClientSecret | E::OfAnotherClient => ErrorCode::UnauthorizedException,
            E::RevocationNotEnabled => ErrorCode::UnsupportedOperationException,
            E::NotARefreshToken => ErrorCode::UnsupportedTokenTypeException,
            E::Work(WorkError::Full) => ErrorCode::TooManyRequestsException,
            E::Directory(DirectoryError::Conflict) => ErrorCode::ConcurrentModificationException,
            E::Directory(DirectoryError::Store(_)) => {
                return Refusal::Unavailable.fault(Service::CognitoIdp, message);
            }
            E::NoAccount => return Refusal::NotAllowed.fault(Service::CognitoIdp, message),
            E::Sign(_)
            | E::Work(WorkError::Stopped)
            | E::TokenKey(_)
            | E::NoTokenKey
            | E::NoDecoy
            | E::Key(_)
            | E::Hash(_)
            | E::Seal(_)
            | E::Unseal(_)
            | E::Directory(DirectoryError::Unreadable { .. }) => ErrorCode::InternalErrorException,
        };
        Self::new(code, message)
    }
}
