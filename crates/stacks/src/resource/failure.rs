//! Why a step failed, as the resource's status reason tells it.

use gate::Unanswered;
use wire::{Fault, Service};

/// A call that was refused or failed, or a change that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct Failure {
    reason: String,
    code: Option<&'static str>,
    temporary: bool,
}

impl Failure {
    /// One of our own.
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), code: None, temporary: false }
    }

    /// What a service answered, in the words of CloudFormation, with the id under which the refusal
    /// is explained.
    pub(crate) fn of_call(service: Service, unanswered: &Unanswered) -> Self {
        let Unanswered { fault, request_id } = unanswered;
        let handler = handler_error_code(fault);
        let reason = format!(
            "Resource handler returned message: \"{} (Service: {}, Status Code: {}, Request ID: \
             {request_id})\" (HandlerErrorCode: {handler})",
            fault.message(),
            name(service),
            fault.status().as_u16(),
        );
        Self {
            reason,
            code: Some(fault.code()),
            temporary: fault.status().is_server_error() && fault.status().as_u16() != 501,
        }
    }

    /// What a service says of an input that breaks its model.
    pub(crate) fn of_input(service: Service, fault: &Fault) -> Self {
        let reason = format!(
            "Resource handler returned message: \"{} (Service: {}, Status Code: {})\" \
             (HandlerErrorCode: InvalidRequest)",
            fault.message(),
            name(service),
            fault.status().as_u16(),
        );
        Self { reason, code: Some(fault.code()), temporary: false }
    }

    /// Whether what was asked for is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        self.code.is_some_and(is_not_found)
    }

    /// Whether the same may succeed a moment later.
    pub(crate) fn is_temporary(&self) -> bool {
        self.temporary
    }
}

fn is_not_found(code: &str) -> bool {
    matches!(
        code,
        "ResourceNotFoundException"
            | "UserNotFoundException"
            | "NoSuchEntity"
            | "NoSuchBucket"
            | "NoSuchBucketPolicy"
            | "404"
            | "NotFound"
    )
}

/// The error codes of CloudFormation's resource handlers (CloudFormation CLI User Guide, *Handler
/// error codes*).
fn handler_error_code(fault: &Fault) -> &'static str {
    match fault.code() {
        "AccessDenied" | "AccessDeniedException" | "NotAuthorizedException" => "AccessDenied",
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId" => "InvalidCredentials",
        "EntityAlreadyExists"
        | "BucketAlreadyExists"
        | "BucketAlreadyOwnedByYou"
        | "GroupExistsException"
        | "UsernameExistsException"
        | "AlreadyExistsException" => "AlreadyExists",
        "LimitExceeded" | "LimitExceededException" => "ServiceLimitExceeded",
        code if is_not_found(code) => "NotFound",
        code if code.contains("Throttl") || code == "TooManyRequestsException" => "Throttling",
        _ if fault.status().is_server_error() => "ServiceInternalError",
        _ => "InvalidRequest",
    }
}

fn name(service: Service) -> &'static str {
    match service {
        Service::Cloakroom => "Cloakroom",
        Service::CognitoIdp => "CognitoIdentityProvider",
        Service::CognitoIdentity => "CognitoIdentity",
        Service::Iam => "Iam",
        Service::S3 => "S3",
        Service::Sts => "Sts",
        Service::Cloudformation => "CloudFormation",
    }
}

/// `Ok` also if what was to be deleted is not there.
pub(crate) fn gone<T>(result: Result<T, Failure>) -> Result<(), Failure> {
    match result {
        Ok(_) => Ok(()),
        Err(failure) if failure.is_not_found() => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// `None` if what was asked for is not there.
pub(crate) fn found<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(failure) if failure.is_not_found() => Ok(None),
        Err(failure) => Err(failure),
    }
}
