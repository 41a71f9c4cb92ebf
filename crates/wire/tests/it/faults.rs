//! Refusals and faults as each protocol says them.

use http::StatusCode;
use wire::{Body, Fault, Protocol, Refusal, Response, Service, cognito_idp, iam, s3, write_fault};

fn request_id() -> types::RequestId {
    "0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap()
}

fn text(response: &Response) -> String {
    match response.body() {
        Body::Empty => String::new(),
        Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        Body::Stream { .. } => panic!("a fault is not streamed"),
    }
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

/// The table of the codes: S3, JSON (all 400) and Query, as AWS's references and answers have it.
#[test]
fn a_bad_request_gets_the_code_of_the_service() {
    let table = [
        (
            Refusal::WrongSignature,
            ("SignatureDoesNotMatch", 403),
            "InvalidSignatureException",
            ("SignatureDoesNotMatch", 403),
        ),
        (
            Refusal::BodyAltered,
            ("XAmzContentSHA256Mismatch", 400),
            "InvalidSignatureException",
            ("SignatureDoesNotMatch", 403),
        ),
        (
            Refusal::Unsigned,
            ("AccessDenied", 403),
            "MissingAuthenticationTokenException",
            ("MissingAuthenticationToken", 403),
        ),
        (
            Refusal::OutsideTimeWindow,
            ("RequestTimeTooSkewed", 403),
            "InvalidSignatureException",
            ("SignatureDoesNotMatch", 403),
        ),
        (
            Refusal::UnknownAccessKey,
            ("InvalidAccessKeyId", 403),
            "UnrecognizedClientException",
            ("InvalidClientTokenId", 403),
        ),
        (
            Refusal::BrokenToken,
            ("InvalidToken", 400),
            "UnrecognizedClientException",
            ("InvalidClientTokenId", 403),
        ),
        (
            Refusal::SessionExpired,
            ("ExpiredToken", 400),
            "ExpiredTokenException",
            ("ExpiredToken", 403),
        ),
        (
            Refusal::UnreadableAuthorization,
            ("AuthorizationHeaderMalformed", 400),
            "IncompleteSignatureException",
            ("IncompleteSignature", 400),
        ),
        (
            Refusal::NotAllowed,
            ("AccessDenied", 403),
            "AccessDeniedException",
            ("AccessDenied", 403),
        ),
    ];
    for (refusal, s3, json, query) in table {
        let said = |service| {
            let fault = refusal.fault(service, "");
            (fault.code(), fault.status().as_u16())
        };
        assert_eq!(said(Service::S3), s3, "{refusal:?}");
        for service in [Service::CognitoIdp, Service::CognitoIdentity] {
            assert_eq!(said(service), (json, 400), "{refusal:?}");
        }
        for service in [Service::Iam, Service::Sts] {
            assert_eq!(said(service), query, "{refusal:?}");
        }
    }
}

#[test]
fn no_refusal_is_a_success_and_only_ours_are_server_errors() {
    let ours = [
        Refusal::Busy,
        Refusal::Internal,
        Refusal::Throttled,
        Refusal::Unavailable,
        Refusal::UnknownOperation,
    ];
    for service in Service::ALL {
        for refusal in Refusal::ALL {
            let status = refusal.fault(*service, "").status();
            assert!(status.is_client_error() || status.is_server_error(), "{refusal:?}");
            assert!(!status.is_server_error() || ours.contains(refusal), "{refusal:?} {service:?}");
        }
    }
}

#[test]
fn a_json_fault_is_named_in_body_and_header() {
    let fault = Fault::new(cognito_idp::ErrorCode::UserNotFoundException, "User \"a\" not found.");
    let response = write_fault(Service::CognitoIdp, &fault, Some("/x"), &request_id(), false);
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let body = r#"{"__type":"UserNotFoundException","message":"User \"a\" not found."}"#;
    assert_eq!(text(&response), body);
    assert_eq!(header(&response, "content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(header(&response, "x-amzn-errortype"), Some("UserNotFoundException"));
    let id = request_id().to_string();
    assert_eq!(header(&response, "x-amzn-requestid"), Some(id.as_str()));
}

#[test]
fn a_query_fault_is_an_error_response() {
    let fault = Fault::new(iam::ErrorCode::NoSuchEntity, "No role <a> & no more.");
    let response = write_fault(Service::Iam, &fault, None, &request_id(), false);
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        text(&response),
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
         <Type>Sender</Type><Code>NoSuchEntity</Code>\
         <Message>No role &lt;a&gt; &amp; no more.</Message></Error>\
         <RequestId>0f8fad5b-d9cb-469f-a165-70867728950e</RequestId></ErrorResponse>"
    );
    assert_eq!(header(&response, "content-type"), Some("text/xml"));
    let internal = Refusal::Internal.fault(Service::Iam, "");
    let response = write_fault(Service::Iam, &internal, None, &request_id(), false);
    assert!(text(&response).contains("<Type>Receiver</Type>"));
}

#[test]
fn an_s3_fault_names_its_resource_and_fields() {
    let fault = Fault::new(s3::ErrorCode::NoSuchKey, "The specified key does not exist.")
        .with("Key", "a&b\u{1}");
    let response = write_fault(Service::S3, &fault, Some("/b/a&b"), &request_id(), false);
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let host_id = header(&response, "x-amz-id-2").unwrap().to_owned();
    let id = request_id();
    assert_eq!(
        text(&response),
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
             <Message>The specified key does not exist.</Message><Key>a&amp;b&#x1;</Key>\
             <Resource>/b/a&amp;b</Resource><RequestId>{id}</RequestId>\
             <HostId>{host_id}</HostId></Error>"
        )
    );
    assert_eq!(header(&response, "content-type"), Some("application/xml"));
    assert_eq!(header(&response, "x-amz-request-id"), Some(id.to_string().as_str()));
}

#[test]
fn the_answer_to_head_and_not_modified_have_no_body() {
    for service in Service::ALL {
        let fault = Refusal::NotAllowed.fault(*service, "no");
        let response = write_fault(*service, &fault, None, &request_id(), true);
        assert_eq!((text(&response).as_str(), response.status()), ("", fault.status()));
        // It says what GET would say, but for the length.
        let told = write_fault(*service, &fault, None, &request_id(), false);
        assert_eq!(header(&response, "content-type"), header(&told, "content-type"));
        let json = service.protocol() == Protocol::Json;
        assert_eq!(header(&response, "x-amzn-errortype").is_some(), json);
    }
    let fault = Fault::new(s3::ErrorCode::NotModified, "").with_header("ETag", "\"a\"");
    let response = write_fault(Service::S3, &fault, None, &request_id(), false);
    assert_eq!((text(&response).as_str(), response.status().as_u16()), ("", 304));
    assert_eq!(header(&response, "etag"), Some("\"a\""));
}
