//! Where authentication and body errors become AWS's codes.

use session::OpenError;
use sigv4::{PayloadError, Place, SignatureError, Version2Error};
use wire::{Fault, Refusal, Service};

use crate::{SignatureKind, authenticate::AuthenticationError, body::BodyError, form::FormError};

/// The one place that says what a caller who is not who it says is told.
///
/// Sources: S3 API Reference, *Error responses*; IAM API Reference, *Common error types*; see
/// `docs/aws-behaviour.md`, section 1.
pub(crate) fn of_authentication(service: Service, error: &AuthenticationError) -> Fault {
    use AuthenticationError as E;
    if let (Service::S3, E::Signature(SignatureError::PayloadNotDeclared)) = (service, error) {
        let message = "Missing required header for this request: x-amz-content-sha256";
        return Fault::new(wire::s3::ErrorCode::InvalidRequest, message);
    }
    // S3 alone has presigned URLs, and a code for them.
    let is_of_url = match error {
        E::Unreadable(unreadable) => unreadable.place() == Place::Query,
        E::Scope { signature, .. } => matches!(signature, SignatureKind::Query(_)),
        _ => false,
    };
    if is_of_url && service == Service::S3 {
        let code = wire::s3::ErrorCode::AuthorizationQueryParametersError;
        return Fault::new(code, error.to_string());
    }
    if let (Service::S3, E::Signature(SignatureError::HeaderNotSigned { name })) = (service, error)
    {
        let message = "There were headers present in the request which were not signed";
        return Refusal::NotAllowed.fault(service, message).with("HeadersNotSigned", name);
    }
    let refusal = match error {
        E::Unsigned => Refusal::Unsigned,
        E::Scope { signature: SignatureKind::Form(_), .. } | E::Form(_) => Refusal::InvalidValue,
        E::Version2(error) => match error {
            Version2Error::BothPlaces | Version2Error::Header | Version2Error::Field(_) => {
                Refusal::InvalidValue
            }
            Version2Error::Query
            | Version2Error::Expires(_)
            | Version2Error::Date
            | Version2Error::Parameter(_) => Refusal::NotAllowed,
        },
        E::Unreadable(_) | E::Scope { .. } | E::Declaration(_) => Refusal::UnreadableAuthorization,
        E::UnknownAccessKey | E::TokenMissing => Refusal::UnknownAccessKey,
        E::Session(OpenError::Expired { .. }) => Refusal::SessionExpired,
        E::Session(OpenError::Broken | OpenError::NotYet { .. }) | E::TokenUnwanted => {
            Refusal::BrokenToken
        }
        E::Signature(error) => match error {
            SignatureError::HeaderNotSigned { .. }
            | SignatureError::SignedHeaderMissing { .. }
            | SignatureError::ScopeDate { .. }
            | SignatureError::Mismatch(_) => Refusal::WrongSignature,
            SignatureError::OutsideWindow { .. } => Refusal::OutsideTimeWindow,
            SignatureError::Expired { .. } => Refusal::UrlExpired,
            SignatureError::PayloadNotDeclared | SignatureError::Declaration(_) => {
                Refusal::InvalidValue
            }
        },
        E::Directory(_) => Refusal::Unavailable,
    };
    refusal.fault(service, message(service, refusal, error))
}

/// AWS's own words where clients are known to look at them, ours elsewhere.
fn message(service: Service, refusal: Refusal, error: &AuthenticationError) -> String {
    match (service, refusal) {
        (Service::S3, Refusal::WrongSignature) => {
            "The request signature we calculated does not match the signature you provided. Check \
             your key and signing method."
                .to_owned()
        }
        (Service::S3, Refusal::OutsideTimeWindow) => {
            "The difference between the request time and the current time is too large.".to_owned()
        }
        (Service::S3, Refusal::UnknownAccessKey) => {
            "The AWS Access Key Id you provided does not exist in our records.".to_owned()
        }
        (Service::S3, Refusal::UrlExpired) => "Request has expired".to_owned(),
        (Service::S3, Refusal::SessionExpired) => "The provided token has expired.".to_owned(),
        (Service::S3, Refusal::BrokenToken) => {
            "The provided token is malformed or otherwise invalid.".to_owned()
        }
        (_, Refusal::UnknownAccessKey | Refusal::BrokenToken) => {
            "The security token included in the request is invalid.".to_owned()
        }
        (_, Refusal::SessionExpired) => {
            "The security token included in the request is expired".to_owned()
        }
        (_, Refusal::Unsigned) => "Missing Authentication Token".to_owned(),
        (_, Refusal::WrongSignature) => {
            "The request signature we calculated does not match the signature you provided. Check \
             your AWS Secret Access Key and signing method. Consult the service documentation for \
             details."
                .to_owned()
        }
        (_, Refusal::Unavailable) => "The directory does not answer. Try again.".to_owned(),
        _ => error.to_string(),
    }
}

/// The one place that says what the sender of a form that cannot be read is told.
///
/// Source: S3 API Reference, *Error responses*.
pub(crate) fn of_form(error: &FormError) -> Fault {
    use wire::s3::ErrorCode;
    let text = error.to_string();
    match error {
        FormError::Connection(_) => Refusal::IncompleteBody.fault(Service::S3, text),
        FormError::Malformed => Fault::new(ErrorCode::MalformedPOSTRequest, text),
        FormError::NoFile => {
            Fault::new(ErrorCode::InvalidArgument, text).with("ArgumentName", "file")
        }
        FormError::TooLarge => Fault::new(ErrorCode::MaxPostPreDataLengthExceededError, text),
        FormError::Busy => Refusal::Busy.fault(Service::S3, text),
        FormError::Fields(fault) => fault.clone(),
    }
}

/// The one place that says what the sender of a body that is not what it should be is told.
///
/// Source: S3 API Reference, *Error responses*.
#[must_use]
pub fn of_body(service: Service, error: &BodyError) -> Fault {
    use wire::s3::ErrorCode;
    let text = error.to_string();
    let payload = match error {
        BodyError::Connection(_) => return Refusal::IncompleteBody.fault(service, text),
        BodyError::TooLarge { .. } => return Refusal::TooLarge.fault(service, text),
        BodyError::Busy => return Refusal::Busy.fault(service, text),
        BodyError::Payload(payload) => payload,
    };
    match payload {
        PayloadError::Sha256Mismatch { .. } => Refusal::BodyAltered.fault(service, text),
        PayloadError::ChunkSignature { .. } | PayloadError::TrailerSignature => {
            Refusal::WrongSignature.fault(service, text)
        }
        PayloadError::TooShort { .. }
        | PayloadError::TooLong { .. }
        | PayloadError::Cut { .. }
        | PayloadError::BehindEnd
        | PayloadError::MalformedChunk { .. }
        | PayloadError::TrailerMissing { .. }
        | PayloadError::Refused => Refusal::IncompleteBody.fault(service, text),
        PayloadError::DecodedLengthMissing => Refusal::LengthRequired.fault(service, text),
        PayloadError::InvalidContentLength => Refusal::InvalidValue.fault(service, text),
        PayloadError::NotSigned => Refusal::Unsigned.fault(service, text),
        PayloadError::Md5Mismatch { .. } | PayloadError::ChecksumMismatch { .. } => {
            Fault::new(ErrorCode::BadDigest, text)
        }
        PayloadError::InvalidChunkSize { .. } => Fault::new(ErrorCode::InvalidChunkSizeError, text),
        PayloadError::MalformedTrailer { .. } => Fault::new(ErrorCode::MalformedTrailerError, text),
        PayloadError::InvalidTrailerHeader | PayloadError::InvalidChecksumHeader { .. } => {
            Fault::new(ErrorCode::InvalidRequest, text)
        }
        PayloadError::InvalidContentMd5 => Fault::new(ErrorCode::InvalidDigest, text),
    }
}

#[cfg(test)]
mod tests {
    use sigv4::PresentedError;

    use super::*;
    use crate::SignatureVersion;

    #[test]
    fn s3_says_invalid_request_where_it_needs_another_kind_of_signature() {
        let undeclared = AuthenticationError::Signature(SignatureError::PayloadNotDeclared);
        let fault = of_authentication(Service::S3, &undeclared);
        assert_eq!((fault.status().as_u16(), fault.code()), (400, "InvalidRequest"));
        assert!(fault.message().contains("x-amz-content-sha256"));
        let unsigned = of_authentication(Service::S3, &AuthenticationError::Unsigned);
        assert_eq!((unsigned.status().as_u16(), unsigned.code()), (403, "AccessDenied"));
    }

    #[test]
    fn s3_says_where_a_signature_that_it_cannot_read_is() {
        for (place, s3) in [
            (Place::Header, "AuthorizationHeaderMalformed"),
            (Place::Query, "AuthorizationQueryParametersError"),
        ] {
            let unreadable = PresentedError::Missing { place, name: "X-Amz-Date" };
            let error = AuthenticationError::Unreadable(unreadable);
            let fault = of_authentication(Service::S3, &error);
            assert_eq!((fault.status().as_u16(), fault.code()), (400, s3));
            assert!(fault.message().contains("X-Amz-Date"));
            let fault = of_authentication(Service::Sts, &error);
            assert_eq!((fault.status().as_u16(), fault.code()), (400, "IncompleteSignature"));
        }
        for (signature, s3) in [
            (SignatureKind::Header(SignatureVersion::Four), "AuthorizationHeaderMalformed"),
            (SignatureKind::Query(SignatureVersion::Four), "AuthorizationQueryParametersError"),
            (SignatureKind::Form(SignatureVersion::Four), "InvalidArgument"),
        ] {
            let (expected, found) = ("s3", "sts".to_owned());
            let fault = of_authentication(
                Service::S3,
                &AuthenticationError::Scope { signature, expected, found },
            );
            assert_eq!((fault.status().as_u16(), fault.code()), (400, s3));
        }
    }
}
