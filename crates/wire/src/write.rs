//! From outputs to bytes: one way for all protocols, driven by the generated shapes.

use std::{collections::BTreeMap, fmt::Write as _};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::fmt::rfc2822;
use types::{RequestId, SecretString, Timestamp};

use crate::{
    Body, OperationId, Protocol, Refusal, Response, Service,
    response::{content_type, name_request},
    schema::{Place, Schema, TimestampFormat},
    write_fault,
    xml::escape,
};

/// The namespace of `xsi:type` (XML Schema Part 1, section 2.6).
const XML_SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// A value that can be written in any protocol.
pub(crate) trait Write {
    /// Writes the value where the sink stands.
    fn write(&self, to: &mut Sink, schema: &'static Schema);

    /// The value as the text of a header, if it has one.
    fn to_text(&self, _timestamp: TimestampFormat) -> Option<String> {
        None
    }

    /// The text of the element's attribute, for the one shape that has any: the type of an ACL's
    /// grantee.
    fn attribute(&self) -> Option<&str> {
        None
    }

    /// The value as headers, name behind the prefix first: a map.
    fn to_headers(&self) -> Vec<(&str, String)> {
        Vec::new()
    }
}

/// Where an output is written.
pub(crate) struct Sink {
    service: Service,
    text: String,
    headers: HeaderMap,
    /// Whether a value could not be put into a header.
    spoilt: bool,
}

impl Sink {
    fn of(service: Service) -> Self {
        Self { service, text: String::new(), headers: HeaderMap::new(), spoilt: false }
    }

    fn is_json(&self) -> bool {
        self.service.protocol() == Protocol::Json
    }

    /// A text.
    pub(crate) fn text(&mut self, text: &str) {
        if self.is_json() {
            self.text.push_str(&serde_json::Value::from(text).to_string());
        } else {
            self.text.push_str(&escape(text));
        }
    }

    /// A number, a boolean or `null`.
    fn bare(&mut self, value: impl std::fmt::Display) {
        let _ = write!(self.text, "{value}");
    }

    /// A structure, whose members `members` writes.
    pub(crate) fn structure(&mut self, members: impl FnOnce(&mut Self)) {
        self.brackets('{', '}', members);
    }

    fn brackets(&mut self, open: char, close: char, inside: impl FnOnce(&mut Self)) {
        if self.is_json() {
            self.text.push(open);
            inside(self);
            self.text.push(close);
        } else {
            inside(self);
        }
    }

    /// A comma, if something stands before it. Texts end in a quote, so a bracket is a beginning.
    fn comma(&mut self) {
        if self.is_json() && !self.text.ends_with(['{', '[']) {
            self.text.push(',');
        }
    }

    /// A member that may be absent.
    pub(crate) fn optional<T: Write>(
        &mut self,
        place: Place,
        value: Option<&T>,
        schema: &'static Schema,
    ) {
        if let Some(value) = value {
            self.member(place, value, schema);
        }
    }

    /// A member.
    pub(crate) fn member<T: Write>(&mut self, place: Place, value: &T, schema: &'static Schema) {
        match place {
            Place::Body(name) if self.is_json() => {
                self.comma();
                self.text(name);
                self.text.push(':');
                value.write(self, schema);
            }
            Place::Body(_) if schema.flattened => value.write(self, schema),
            Place::Body(name) => match value.attribute() {
                Some(kind) => {
                    let _ = write!(
                        self.text,
                        "<{name} xmlns:xsi=\"{XML_SCHEMA_INSTANCE}\" xsi:type=\"{kind}\">"
                    );
                    value.write(self, schema);
                    let _ = write!(self.text, "</{name}>");
                }
                None => self.element(name, |to| value.write(to, schema)),
            },
            Place::Content => value.write(self, schema),
            Place::Header(name) => {
                let format = schema.timestamp.unwrap_or(TimestampFormat::HttpDate);
                if let Some(text) = value.to_text(format) {
                    self.header(name, &text);
                }
            }
            Place::Headers(prefix) => {
                for (name, text) in value.to_headers() {
                    self.header(&format!("{prefix}{name}"), &text);
                }
            }
            Place::Payload(root) => match value.to_text(TimestampFormat::Iso8601) {
                Some(text) => self.text.push_str(&text),
                None => self.document(root, |to| value.write(to, schema)),
            },
            // Only requests have them.
            Place::Query(_) | Place::Bucket | Place::Key | Place::Attribute(_) => {}
        }
    }

    fn header(&mut self, name: &str, text: &str) {
        let name = HeaderName::from_bytes(name.as_bytes());
        match (name, HeaderValue::from_bytes(text.as_bytes())) {
            (Ok(name), Ok(value)) => {
                self.headers.append(name, value);
            }
            _ => self.spoilt = true,
        }
    }

    fn element(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        let _ = write!(self.text, "<{name}>");
        inside(self);
        let _ = write!(self.text, "</{name}>");
    }

    /// An element with the service's namespace.
    fn document(&mut self, root: &str, inside: impl FnOnce(&mut Self)) {
        let namespace = self.service.xml_namespace().unwrap_or_default();
        let _ = write!(self.text, "<{root} xmlns=\"{namespace}\">");
        inside(self);
        let _ = write!(self.text, "</{root}>");
    }

    fn timestamp_format(&self) -> TimestampFormat {
        match self.service.protocol() {
            Protocol::Json => TimestampFormat::UnixSeconds,
            Protocol::Query => TimestampFormat::Iso8601,
            Protocol::RestXml => TimestampFormat::Iso8601Milliseconds,
        }
    }
}

/// An awsJson response.
pub(crate) fn json<T: Write>(service: Service, output: &T, request_id: &RequestId) -> Response {
    let mut sink = Sink::of(service);
    output.write(&mut sink, &Schema::PLAIN);
    let mut response = Response::new(sink.text.into());
    response.headers_mut().insert(header::CONTENT_TYPE, content_type(service));
    name_request(response.headers_mut(), service, request_id);
    response
}

/// An awsQuery response: the output in its result element, if it has one, then the request's id.
pub(crate) fn query<T: Write>(
    operation: OperationId,
    result: Option<&'static str>,
    output: &T,
    request_id: &RequestId,
) -> Response {
    let service = operation.service();
    let mut sink = Sink::of(service);
    sink.document(&format!("{}Response", operation.name()), |to| {
        if let Some(result) = result {
            to.element(result, |to| output.write(to, &Schema::PLAIN));
        }
        to.element("ResponseMetadata", |to| {
            to.element("RequestId", |to| to.bare(request_id));
        });
    });
    let mut response = Response::new(sink.text.into());
    response.headers_mut().insert(header::CONTENT_TYPE, content_type(service));
    name_request(response.headers_mut(), service, request_id);
    response
}

/// What a restXml output has in its body.
pub(crate) enum RestPayload {
    /// Nothing.
    Nothing,
    /// Nothing, as the answer is one to HEAD. Where the output does not tell the type of what GET would give
    /// it is the service's own, as S3 says for `HeadBucket`.
    Unsent,
    /// The text of one member: a bucket policy, hence JSON.
    Text,
    /// A document that is one member.
    Element,
    /// A document with this root, of the members that have no other place.
    Document(&'static str),
    /// These bytes.
    Streamed(Body),
}

/// A restXml response.
///
/// One with a `Content-Range` is 206 Partial Content (RFC 9110, section 15.3.7). If a value cannot
/// stand in a header, the answer is S3's `InternalError`, never a response without that header.
pub(crate) fn rest<T: Write>(
    status: StatusCode,
    payload: RestPayload,
    output: &T,
    request_id: &RequestId,
) -> Response {
    let mut sink = Sink::of(Service::S3);
    if let RestPayload::Document(root) = payload {
        sink.document(root, |to| output.write(to, &Schema::PLAIN));
    } else {
        output.write(&mut sink, &Schema::PLAIN);
    }
    let Sink { text, mut headers, spoilt: false, .. } = sink else {
        let message = "A value of the response cannot be sent in a header";
        let fault = Refusal::Internal.fault(Service::S3, message);
        return write_fault(Service::S3, &fault, None, request_id, false);
    };
    let body = match payload {
        RestPayload::Nothing => Body::Empty,
        RestPayload::Unsent => {
            headers.entry(header::CONTENT_TYPE).or_insert_with(|| content_type(Service::S3));
            Body::Empty
        }
        RestPayload::Streamed(body) => body,
        _ if text.is_empty() => Body::Empty,
        RestPayload::Text => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            text.into()
        }
        RestPayload::Element | RestPayload::Document(_) => {
            headers.insert(header::CONTENT_TYPE, content_type(Service::S3));
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}").into()
        }
    };
    let partial = headers.contains_key(header::CONTENT_RANGE);
    name_request(&mut headers, Service::S3, request_id);
    let mut response = Response::new(body);
    *response.status_mut() = if partial { StatusCode::PARTIAL_CONTENT } else { status };
    *response.headers_mut() = headers;
    response
}

impl Write for () {
    fn write(&self, _: &mut Sink, _: &'static Schema) {}
}

impl Write for String {
    fn write(&self, to: &mut Sink, _: &'static Schema) {
        to.text(self);
    }

    fn to_text(&self, _: TimestampFormat) -> Option<String> {
        Some(self.clone())
    }
}

impl Write for SecretString {
    fn write(&self, to: &mut Sink, _: &'static Schema) {
        to.text(self.expose());
    }

    fn to_text(&self, _: TimestampFormat) -> Option<String> {
        Some(self.expose().clone())
    }
}

impl Write for Bytes {
    fn write(&self, to: &mut Sink, _: &'static Schema) {
        to.text(&STANDARD.encode(self));
    }
}

/// Values that JSON and XML write alike.
macro_rules! write_bare {
    ($($type:ty),+) => {
        $(
            impl Write for $type {
                fn write(&self, to: &mut Sink, _: &'static Schema) {
                    to.bare(self);
                }

                fn to_text(&self, _: TimestampFormat) -> Option<String> {
                    Some(self.to_string())
                }
            }
        )+
    };
}
write_bare!(bool, i32, i64);

impl Write for Timestamp {
    fn write(&self, to: &mut Sink, schema: &'static Schema) {
        let format = schema.timestamp.unwrap_or(to.timestamp_format());
        let text = self.to_text(format).unwrap_or_default();
        if format == TimestampFormat::UnixSeconds { to.bare(text) } else { to.text(&text) }
    }

    fn to_text(&self, format: TimestampFormat) -> Option<String> {
        match format {
            TimestampFormat::UnixSeconds => {
                let sign = if self.as_millisecond() < 0 { "-" } else { "" };
                let milliseconds = self.as_millisecond().unsigned_abs();
                let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
                let fraction = if rest == 0 { String::new() } else { format!(".{rest:03}") };
                Some(format!("{sign}{seconds}{fraction}"))
            }
            TimestampFormat::Iso8601 => Some(format!("{self:.0}")),
            TimestampFormat::Iso8601Milliseconds => Some(format!("{self:.3}")),
            TimestampFormat::HttpDate => {
                rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(self).ok()
            }
        }
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, to: &mut Sink, schema: &'static Schema) {
        to.brackets('[', ']', |to| {
            for item in self {
                if to.is_json() {
                    to.comma();
                    item.write(to, schema.item());
                } else {
                    to.element(schema.item_name, |to| item.write(to, schema.item()));
                }
            }
        });
    }
}

impl<T: Write> Write for BTreeMap<String, T> {
    fn write(&self, to: &mut Sink, schema: &'static Schema) {
        to.structure(|to| {
            for (key, value) in self {
                if to.is_json() {
                    to.comma();
                    to.text(key);
                    to.text.push(':');
                    value.write(to, schema.item());
                } else {
                    to.element("entry", |to| {
                        to.element("key", |to| to.text(key));
                        to.element("value", |to| value.write(to, schema.item()));
                    });
                }
            }
        });
    }

    fn to_headers(&self) -> Vec<(&str, String)> {
        let text = |value: &T| value.to_text(TimestampFormat::HttpDate);
        self.iter().filter_map(|(name, value)| Some((name.as_str(), text(value)?))).collect()
    }
}
