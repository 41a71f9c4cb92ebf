//! From bytes to inputs: one way for all protocols, driven by the generated shapes.
//!
//! A [`Source`] is a place where a value may stand: a JSON value, a field of a form, an XML element,
//! a header. Shapes read themselves from it ([`Read`]); what is wrong is gathered in [`Reading`], so
//! that one message names every broken constraint, as AWS's does.

mod metadata;
mod values;

use std::collections::BTreeMap;

use self::metadata::NotText;
use crate::{
    Fault, NotDecodable, Refusal, RequestParts, S3Target, Service, decode_form, json,
    query::Field,
    s3::ErrorCode,
    schema::{Place, Schema, TimestampFormat},
    xml::{self, Element},
};

/// The longest JSON, form or XML body that is read, in bytes.
pub(crate) const BODY_LENGTH_MAX: usize = 1 << 20;
/// The longest XML document of a restXml input, in bytes: one can list 10,000 parts with checksums.
const DOCUMENT_LENGTH_MAX: usize = 4 << 20;

/// How many broken constraints a message spells out, and how much of a value it repeats.
const VIOLATIONS_MAX: usize = 20;
const VALUE_CHARS_MAX: usize = 256;

/// A value that can be read from any protocol.
pub(crate) trait Read: Sized {
    /// Reads the value, and says in `reading` what is wrong with it.
    fn read(
        source: Source<'_>,
        schema: &'static Schema,
        reading: &mut Reading,
    ) -> Result<Self, Wrong>;
}

/// There is no value, and [`Reading`] knows why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wrong;

/// Where a value may stand.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Json(&'a json::Value),
    Form(&'a Field),
    Element(&'a Element),
    /// The children of that name: a flattened list.
    Siblings(&'a Element, &'static str),
    /// A header, a query parameter, a part of the path or a whole body.
    Text(&'a str, TimestampFormat),
    /// What stands in the headers with a prefix: a map.
    Headers(&'a BTreeMap<String, String>),
    /// A whole restXml request.
    Request(&'a RestRequest<'a>),
}

/// A restXml request, taken apart.
pub(crate) struct RestRequest<'a> {
    parts: &'a RequestParts<'a>,
    target: S3Target,
    body: Option<&'a str>,
    document: Option<Element>,
    metadata: Result<BTreeMap<String, String>, NotText>,
}

/// What has gone wrong so far, and where the reader is.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    path: Vec<String>,
    violations: Vec<String>,
    violation_count: usize,
    malformed: Option<String>,
    /// Whether a restXml value in the body, not around it, was wrong.
    body_is_wrong: bool,
    in_body: bool,
}

impl Reading {
    /// A member that must be there is not.
    fn missing(&mut self) -> Wrong {
        let path = self.path.join(".");
        let constraint = "failed to satisfy constraint: Member must not be null";
        self.violation(format!("Value null at '{path}' {constraint}"))
    }

    /// A value breaks a constraint. Without a value (because it is sensitive) the message has none.
    fn broken(&mut self, value: Option<&str>, constraint: &str) -> Wrong {
        let path = self.path.join(".");
        let value: String = value.map_or_else(String::new, |value| {
            format!("'{}' ", value.chars().take(VALUE_CHARS_MAX).collect::<String>())
        });
        self.violation(format!(
            "Value {value}at '{path}' failed to satisfy constraint: {constraint}"
        ))
    }

    /// A text is none of an enum's.
    pub(crate) fn not_in_set(
        &mut self,
        value: &str,
        set: impl Iterator<Item = &'static str>,
    ) -> Wrong {
        let set = set.collect::<Vec<_>>().join(", ");
        self.broken(Some(value), &format!("Member must satisfy enum value set: [{set}]"))
    }

    fn violation(&mut self, message: String) -> Wrong {
        self.body_is_wrong |= self.in_body;
        self.violation_count += 1;
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(message);
        }
        Wrong
    }

    /// A value has another type than the model says, so that nothing more can be said of it.
    fn malformed(&mut self, message: impl Into<String>) -> Wrong {
        self.body_is_wrong |= self.in_body;
        self.malformed.get_or_insert_with(|| message.into());
        Wrong
    }

    /// What was read, or the service's fault for what is wrong with it.
    fn finish<T>(self, service: Service, value: Result<T, Wrong>) -> Result<T, Fault> {
        match value {
            Ok(value) if self.malformed.is_none() && self.violation_count == 0 => Ok(value),
            _ => Err(self.fault(service)),
        }
    }

    fn fault(self, service: Service) -> Fault {
        if service == Service::S3 {
            return self.s3_fault();
        }
        if let Some(message) = self.malformed {
            return Refusal::MalformedBody.fault(service, message);
        }
        Refusal::InvalidValue.fault(service, self.violations_message())
    }

    fn s3_fault(self) -> Fault {
        if self.body_is_wrong {
            return malformed_xml();
        }
        let message = self.malformed.clone().unwrap_or_else(|| self.violations_message());
        Refusal::InvalidValue.fault(Service::S3, message)
    }

    fn violations_message(&self) -> String {
        let count = self.violation_count;
        let noun = if count == 1 { "error" } else { "errors" };
        format!("{count} validation {noun} detected: {}", self.violations.join("; "))
    }
}

/// The members of a structure.
pub(crate) struct Members<'a, 'r> {
    source: Source<'a>,
    reading: &'r mut Reading,
}

impl<'a, 'r> Members<'a, 'r> {
    /// The members of what stands there, which must be a structure.
    pub(crate) fn of(source: Source<'a>, reading: &'r mut Reading) -> Result<Self, Wrong> {
        match source {
            Source::Json(json::Value::Object(_))
            | Source::Form(_)
            | Source::Element(_)
            | Source::Request(_) => Ok(Self { source, reading }),
            Source::Json(_) | Source::Siblings(..) | Source::Text(..) | Source::Headers(..) => {
                Err(reading.malformed("Expected a structure where another value was given"))
            }
        }
    }

    /// A member that must be there.
    pub(crate) fn required<T: Read>(
        &mut self,
        place: Place,
        schema: &'static Schema,
    ) -> Result<T, Wrong> {
        self.at(place, |source, reading| match find(source, place, schema, reading)? {
            Some(source) => T::read(source, schema, reading),
            None => Err(reading.missing()),
        })
    }

    /// A member that may be absent.
    pub(crate) fn optional<T: Read>(
        &mut self,
        place: Place,
        schema: &'static Schema,
    ) -> Result<Option<T>, Wrong> {
        self.at(place, |source, reading| match find(source, place, schema, reading)? {
            Some(source) => T::read(source, schema, reading).map(Some),
            None => Ok(None),
        })
    }

    /// Runs a step with the member's name on the path.
    fn at<T>(
        &mut self,
        place: Place,
        step: impl FnOnce(Source<'a>, &mut Reading) -> Result<T, Wrong>,
    ) -> Result<T, Wrong> {
        let name = match place {
            Place::Body(name)
            | Place::Header(name)
            | Place::Headers(name)
            | Place::Query(name)
            | Place::Attribute(name)
            | Place::Payload(name) => name,
            Place::Content => "",
            Place::Bucket => "Bucket",
            Place::Key => "Key",
        };
        // A request is the outermost structure; whatever lies inside a member is where that is.
        if matches!(self.source, Source::Request(_)) {
            self.reading.in_body = matches!(place, Place::Body(_) | Place::Payload(_));
        }
        self.reading.path.push(lower_first(name));
        let result = step(self.source, self.reading);
        self.reading.path.pop();
        result
    }
}

/// Where a member stands in a structure, if it is there.
fn find<'a>(
    structure: Source<'a>,
    place: Place,
    schema: &Schema,
    reading: &mut Reading,
) -> Result<Option<Source<'a>>, Wrong> {
    Ok(match (structure, place) {
        (Source::Json(value), Place::Body(name)) => {
            value.member(name).filter(|value| **value != json::Value::Null).map(Source::Json)
        }
        (Source::Form(field), Place::Body(name)) => field.child(name).map(Source::Form),
        (Source::Element(element), Place::Body(name)) if schema.flattened => {
            element.child(name).map(|_| Source::Siblings(element, name))
        }
        (Source::Element(element), Place::Body(name)) => element.child(name).map(Source::Element),
        (Source::Element(element), Place::Attribute(name)) => {
            let text = |text: &'a str| Source::Text(text, TimestampFormat::Iso8601);
            element.attribute(name).map(text)
        }
        (Source::Request(request), place) => request.find(place, schema, reading)?,
        _ => None,
    })
}

impl RestRequest<'_> {
    /// Where a member travels in the request, if it is there.
    fn find<'a>(
        &'a self,
        place: Place,
        schema: &Schema,
        reading: &mut Reading,
    ) -> Result<Option<Source<'a>>, Wrong> {
        let text = |text: &'a str| Source::Text(text, TimestampFormat::Iso8601);
        Ok(match place {
            Place::Bucket => self.target.bucket.as_deref().map(text),
            Place::Key => self.target.key.as_deref().map(text),
            Place::Query(name) => {
                let values = self.parts.query.iter().filter(|(key, _)| key == name);
                once(values, reading)?.map(|(_, value)| text(value))
            }
            Place::Header(name) => match once(self.parts.headers.get_all(name).iter(), reading)? {
                Some(value) => {
                    let value = std::str::from_utf8(value.as_bytes())
                        .map_err(|_| reading.broken(None, "Member must be UTF-8"))?;
                    Some(Source::Text(value, TimestampFormat::HttpDate))
                }
                None => None,
            },
            Place::Headers(_) => match &self.metadata {
                Ok(metadata) if metadata.is_empty() => None,
                Ok(metadata) => Some(Source::Headers(metadata)),
                Err(NotText) => return Err(reading.broken(None, "Member must be UTF-8")),
            },
            Place::Payload(root) => match (&self.document, self.body) {
                (Some(document), _) if document.name == root => Some(Source::Element(document)),
                (Some(_), _) => return Err(reading.malformed("The root has another name")),
                (None, body) => body.map(text),
            },
            Place::Attribute(_) | Place::Content => None,
            Place::Body(_) => match &self.document {
                Some(document) => find(Source::Element(document), place, schema, reading)?,
                None => None,
            },
        })
    }
}

/// The only one, if there is one: what is given twice could be read in two ways.
fn once<T>(mut values: impl Iterator<Item = T>, reading: &mut Reading) -> Result<Option<T>, Wrong> {
    let first = values.next();
    match values.next() {
        Some(_) => Err(reading.broken(None, "Member must be given once")),
        None => Ok(first),
    }
}

/// `UserPoolId` as messages spell it: `userPoolId`.
fn lower_first(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_ascii_lowercase().to_string() + characters.as_str()
    })
}

/// Reads an awsJson input. An empty body is an object without members.
pub(crate) fn json<T: Read>(service: Service, body: &[u8]) -> Result<T, Fault> {
    check_length(service, body, BODY_LENGTH_MAX)?;
    let body = if body.is_empty() { b"{}" } else { body };
    let value = json::parse(body).map_err(|error| {
        Refusal::MalformedBody.fault(service, format!("The body cannot be read as JSON: {error}"))
    })?;
    let mut reading = Reading::default();
    let input = T::read(Source::Json(&value), &Schema::PLAIN, &mut reading);
    reading.finish(service, input)
}

/// Reads an awsQuery input from the query and a form in the body.
pub(crate) fn form<T: Read>(
    service: Service,
    request: &RequestParts<'_>,
    body: &[u8],
) -> Result<T, Fault> {
    let mut pairs = request.query.clone();
    pairs.extend(form_pairs(service, body)?);
    let field = Field::tree(pairs)
        .map_err(|error| Refusal::MalformedBody.fault(service, error.to_string()))?;
    let mut reading = Reading::default();
    let input = T::read(Source::Form(&field), &Schema::PLAIN, &mut reading);
    reading.finish(service, input)
}

/// The pairs of a form in a body.
pub(crate) fn form_pairs(service: Service, body: &[u8]) -> Result<Vec<(String, String)>, Fault> {
    check_length(service, body, BODY_LENGTH_MAX)?;
    std::str::from_utf8(body).map_err(|_| NotDecodable).and_then(decode_form).map_err(|error| {
        Refusal::MalformedBody.fault(service, format!("The body cannot be read: {error}"))
    })
}

/// What a restXml input has in its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RestBody {
    /// Nothing that is read here: no member, or one that is streamed.
    Unread,
    /// The text of one member.
    Text,
    /// An XML document.
    Document,
}

/// Reads a restXml input.
pub(crate) fn rest<T: Read>(
    kind: RestBody,
    parts: &RequestParts<'_>,
    body: &[u8],
) -> Result<T, Fault> {
    let mut request = RestRequest {
        parts,
        target: S3Target::of(parts)?,
        body: None,
        document: None,
        metadata: metadata::of(parts),
    };
    if kind != RestBody::Unread && !body.is_empty() {
        let limit = match kind {
            RestBody::Document => DOCUMENT_LENGTH_MAX,
            RestBody::Text | RestBody::Unread => BODY_LENGTH_MAX,
        };
        check_length(Service::S3, body, limit)?;
        match kind {
            RestBody::Text => {
                request.body = Some(std::str::from_utf8(body).map_err(|_| malformed_xml())?);
            }
            _ => request.document = Some(xml::parse(body).map_err(|_| malformed_xml())?),
        }
    }
    let mut reading = Reading::default();
    let input = T::read(Source::Request(&request), &Schema::PLAIN, &mut reading);
    reading.finish(Service::S3, input)
}

/// The headers that have an MD5 or a checksum of the body.
const CHECKSUMS: [&str; 6] = [
    "content-md5",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];

/// Refuses a request whose body comes with nothing that it could be checked against. The signature may
/// cover it, but that is not what these operations ask for.
///
/// Source: S3 API Reference, `DeleteObjects`, *Content-MD5 request header*. The page names no error; the
/// code and the message are those that S3 is seen to answer with.
pub(crate) fn checksummed(request: &RequestParts<'_>) -> Result<(), Fault> {
    let trailer = request.headers.get("x-amz-trailer").and_then(|name| name.to_str().ok());
    let has = |name: &str| request.headers.contains_key(name) || trailer == Some(name);
    if CHECKSUMS.into_iter().any(has) {
        return Ok(());
    }
    let message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*";
    Err(Fault::new(ErrorCode::InvalidRequest, message))
}

fn malformed_xml() -> Fault {
    let message = "The XML you provided was not well-formed or did not validate against our \
                   published schema";
    Refusal::MalformedBody.fault(Service::S3, message)
}

fn check_length(service: Service, body: &[u8], limit: usize) -> Result<(), Fault> {
    if body.len() <= limit {
        return Ok(());
    }
    Err(Refusal::TooLarge.fault(
        service,
        format!("Your request was too large: {} bytes, at most {limit}", body.len()),
    ))
}
