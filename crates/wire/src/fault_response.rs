//! Errors on the wire.

use std::fmt::Write as _;

use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;
use types::RequestId;

use crate::{
    Body, Fault, Protocol, Response, Service,
    response::{content_type, host_id, name_request},
    xml::escape,
};

/// Writes a fault as `service` does.
///
/// `resource` is what S3 names in `Resource`: the path as the caller sent it. `head` leaves the body
/// out, as an answer to HEAD has none (RFC 9110, section 9.3.2). Nor has 304 Not Modified
/// (section 15.4.5).
///
/// Sources: [awsJson 1.1, *Operation error
/// serialization*](https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization);
/// [awsQuery, *Operation error
/// serialization*](https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization);
/// [S3 API Reference, *Error
/// responses*](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
#[must_use]
pub fn write_fault(
    service: Service,
    fault: &Fault,
    resource: Option<&str>,
    request_id: &RequestId,
    head: bool,
) -> Response {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = fault.status();
    let headers = response.headers_mut();
    name_request(headers, service, request_id);
    if service.protocol() == Protocol::Json {
        let name = HeaderName::from_static("x-amzn-errortype");
        headers.insert(name, HeaderValue::from_static(fault.code()));
    }
    for (name, value) in fault.headers() {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            headers.insert(name, value);
        }
    }
    if fault.status() == StatusCode::NOT_MODIFIED {
        return response;
    }
    headers.insert(header::CONTENT_TYPE, content_type(service));
    if !head {
        let body = match service.protocol() {
            Protocol::Json => in_json(fault),
            Protocol::Query => in_query(service, fault, request_id),
            Protocol::RestXml => in_s3(fault, resource, request_id),
        };
        *response.body_mut() = body.into();
    }
    response
}

fn in_json(fault: &Fault) -> String {
    json!({"__type": fault.code(), "message": fault.message()}).to_string()
}

fn in_query(service: Service, fault: &Fault, request_id: &RequestId) -> String {
    let namespace = service.xml_namespace().unwrap_or_default();
    let sender = if fault.status().is_server_error() { "Receiver" } else { "Sender" };
    let mut body = format!("<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{sender}</Type>");
    write_members(&mut body, fault);
    let _ = write!(body, "</Error><RequestId>{request_id}</RequestId></ErrorResponse>");
    body
}

fn in_s3(fault: &Fault, resource: Option<&str>, request_id: &RequestId) -> String {
    let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    write_members(&mut body, fault);
    if let Some(resource) = resource {
        let _ = write!(body, "<Resource>{}</Resource>", escape(resource));
    }
    let host_id = host_id(request_id);
    let _ = write!(body, "<RequestId>{request_id}</RequestId><HostId>{host_id}</HostId></Error>");
    body
}

fn write_members(body: &mut String, fault: &Fault) {
    let _ = write!(body, "<Code>{}</Code>", fault.code());
    let _ = write!(body, "<Message>{}</Message>", escape(fault.message()));
    for (name, value) in fault.fields() {
        let _ = write!(body, "<{name}>{}</{name}>", escape(value));
    }
}
