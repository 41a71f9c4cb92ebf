use http::StatusCode;

use crate::{ErrorCode, Fault, Protocol, Service};

/// Why a request is refused before its operation runs, in our words.
///
/// [`Refusal::fault`] says it in the service's. Sources: S3 API Reference, *Error responses*; IAM
/// API Reference, *Common error types*; the messages of the services themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The signature is not the one that the key makes of this request.
    WrongSignature,
    /// The body is not the one that was signed.
    BodyAltered,
    /// No signature, where one is needed.
    Unsigned,
    /// Signed too long ago, or in the future.
    OutsideTimeWindow,
    /// A presigned URL whose time is over.
    UrlExpired,
    /// No such access key, or a temporary one without its session token.
    UnknownAccessKey,
    /// The session token is broken, or belongs to another access key.
    BrokenToken,
    /// The session is over.
    SessionExpired,
    /// The `Authorization` header or the signature's query parameters cannot be read.
    UnreadableAuthorization,
    /// The policies do not allow it.
    NotAllowed,
    /// Too many requests from this caller.
    Throttled,
    /// The server has no room for the request now; it may be repeated.
    Busy,
    /// Something failed here that the caller cannot mend.
    Internal,
    /// The server cannot decide now, for instance because its view of the policies is too old.
    Unavailable,
    /// The body is longer than the limit.
    TooLarge,
    /// No such operation, or none that is served.
    UnknownOperation,
    /// The method does not go with the resource.
    MethodNotAllowed,
    /// The path or the query is not percent-encoded UTF-8.
    UnreadableUri,
    /// The body cannot be read as the protocol's JSON, form or XML, or a value has another type.
    MalformedBody,
    /// A value in path, query or header, or in the body of a service other than S3, breaks a
    /// constraint of the model.
    InvalidValue,
    /// The body ended before the announced length.
    IncompleteBody,
    /// The body's length was not announced.
    LengthRequired,
}

impl Refusal {
    /// Every refusal.
    pub const ALL: &[Self] = &[
        Self::WrongSignature,
        Self::BodyAltered,
        Self::Unsigned,
        Self::OutsideTimeWindow,
        Self::UrlExpired,
        Self::UnknownAccessKey,
        Self::BrokenToken,
        Self::SessionExpired,
        Self::UnreadableAuthorization,
        Self::NotAllowed,
        Self::Throttled,
        Self::Busy,
        Self::Internal,
        Self::Unavailable,
        Self::TooLarge,
        Self::UnknownOperation,
        Self::MethodNotAllowed,
        Self::UnreadableUri,
        Self::MalformedBody,
        Self::InvalidValue,
        Self::IncompleteBody,
        Self::LengthRequired,
    ];

    /// The refusal as `service` says it, with the code and status its clients know.
    #[must_use]
    pub fn fault(self, service: Service, message: impl Into<String>) -> Fault {
        let (code, status) = match service.protocol() {
            Protocol::Json => self.in_json(service),
            Protocol::Query => self.in_query(),
            Protocol::RestXml => self.in_s3(),
        };
        Fault::new(Row { code, status }, message)
    }

    fn in_json(self, service: Service) -> (&'static str, StatusCode) {
        let code = match self {
            Self::WrongSignature
            | Self::BodyAltered
            | Self::OutsideTimeWindow
            | Self::UrlExpired => "InvalidSignatureException",
            Self::Unsigned => "MissingAuthenticationTokenException",
            Self::UnknownAccessKey | Self::BrokenToken => "UnrecognizedClientException",
            Self::SessionExpired => "ExpiredTokenException",
            Self::UnreadableAuthorization => "IncompleteSignatureException",
            Self::NotAllowed => "AccessDeniedException",
            Self::Throttled => "TooManyRequestsException",
            Self::Internal => return ("InternalErrorException", StatusCode::INTERNAL_SERVER_ERROR),
            Self::Busy | Self::Unavailable => {
                return ("ServiceUnavailableException", StatusCode::SERVICE_UNAVAILABLE);
            }
            Self::TooLarge => {
                return ("RequestEntityTooLargeException", StatusCode::PAYLOAD_TOO_LARGE);
            }
            Self::UnknownOperation | Self::MethodNotAllowed | Self::UnreadableUri => {
                "UnknownOperationException"
            }
            Self::MalformedBody | Self::IncompleteBody | Self::LengthRequired => {
                "SerializationException"
            }
            Self::InvalidValue if service == Service::CognitoIdentity => "ValidationException",
            Self::InvalidValue => "InvalidParameterException",
        };
        (code, StatusCode::BAD_REQUEST)
    }

    fn in_query(self) -> (&'static str, StatusCode) {
        let bad = StatusCode::BAD_REQUEST;
        let forbidden = StatusCode::FORBIDDEN;
        match self {
            Self::WrongSignature
            | Self::BodyAltered
            | Self::OutsideTimeWindow
            | Self::UrlExpired => ("SignatureDoesNotMatch", forbidden),
            Self::Unsigned => ("MissingAuthenticationToken", forbidden),
            Self::UnknownAccessKey | Self::BrokenToken => ("InvalidClientTokenId", forbidden),
            Self::SessionExpired => ("ExpiredToken", forbidden),
            Self::UnreadableAuthorization => ("IncompleteSignature", bad),
            Self::NotAllowed => ("AccessDenied", forbidden),
            Self::Throttled => ("Throttling", bad),
            Self::Internal => ("InternalFailure", StatusCode::INTERNAL_SERVER_ERROR),
            Self::Busy | Self::Unavailable => {
                ("ServiceUnavailable", StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::TooLarge => ("RequestEntityTooLarge", StatusCode::PAYLOAD_TOO_LARGE),
            Self::UnknownOperation | Self::MethodNotAllowed => ("InvalidAction", bad),
            Self::UnreadableUri => ("MalformedQueryString", bad),
            Self::MalformedBody | Self::IncompleteBody | Self::LengthRequired => {
                ("MalformedInput", bad)
            }
            Self::InvalidValue => ("ValidationError", bad),
        }
    }

    fn in_s3(self) -> (&'static str, StatusCode) {
        let bad = StatusCode::BAD_REQUEST;
        let forbidden = StatusCode::FORBIDDEN;
        match self {
            Self::WrongSignature => ("SignatureDoesNotMatch", forbidden),
            Self::BodyAltered => ("XAmzContentSHA256Mismatch", bad),
            Self::Unsigned | Self::UrlExpired | Self::NotAllowed => ("AccessDenied", forbidden),
            Self::OutsideTimeWindow => ("RequestTimeTooSkewed", forbidden),
            Self::UnknownAccessKey => ("InvalidAccessKeyId", forbidden),
            Self::BrokenToken => ("InvalidToken", bad),
            Self::SessionExpired => ("ExpiredToken", bad),
            Self::UnreadableAuthorization => ("AuthorizationHeaderMalformed", bad),
            Self::Throttled | Self::Busy => ("SlowDown", StatusCode::SERVICE_UNAVAILABLE),
            Self::Internal => ("InternalError", StatusCode::INTERNAL_SERVER_ERROR),
            Self::Unavailable => ("ServiceUnavailable", StatusCode::SERVICE_UNAVAILABLE),
            Self::TooLarge => ("MaxMessageLengthExceeded", bad),
            Self::UnknownOperation => ("NotImplemented", StatusCode::NOT_IMPLEMENTED),
            Self::MethodNotAllowed => ("MethodNotAllowed", StatusCode::METHOD_NOT_ALLOWED),
            Self::UnreadableUri => ("InvalidURI", bad),
            Self::MalformedBody => ("MalformedXML", bad),
            Self::InvalidValue => ("InvalidArgument", bad),
            Self::IncompleteBody => ("IncompleteBody", bad),
            Self::LengthRequired => ("MissingContentLength", StatusCode::LENGTH_REQUIRED),
        }
    }
}

/// A row of the tables above.
#[derive(Clone, Copy)]
struct Row {
    code: &'static str,
    status: StatusCode,
}

impl ErrorCode for Row {
    fn code(self) -> &'static str {
        self.code
    }

    fn status(self) -> StatusCode {
        self.status
    }
}
