use std::{fmt, io};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::{HeaderMap, HeaderName, HeaderValue};
use types::RequestId;

use crate::{Protocol, Service};

/// A response on its way to the socket.
pub type Response = http::Response<Body>;

/// The body of a response.
#[derive(Default)]
pub enum Body {
    /// None. For the answer to HEAD, `Content-Length` may still tell what GET would give.
    #[default]
    Empty,
    /// All of it.
    Bytes(Bytes),
    /// Bytes that arrive while they are sent. An error ends the connection: the status line is
    /// gone by then.
    Stream {
        /// How many bytes there will be, if it is known.
        length: Option<u64>,
        /// The bytes.
        stream: BoxStream<'static, Result<Bytes, io::Error>>,
    },
}

impl Body {
    /// How many bytes there will be, if it is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Stream { length, .. } => *length,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length() {
            Some(length) => write!(f, "Body({length} bytes)"),
            None => f.write_str("Body(streamed)"),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::Empty } else { Self::Bytes(bytes) }
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

/// Adds the headers that name the request, as the service spells them.
pub(crate) fn name_request(headers: &mut HeaderMap, service: Service, request_id: &RequestId) {
    let id = ascii(&request_id.to_string());
    match service.protocol() {
        Protocol::Json | Protocol::Query => {
            headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
        }
        Protocol::RestXml => {
            headers.insert(HeaderName::from_static("x-amz-id-2"), ascii(&host_id(request_id)));
            headers.insert(HeaderName::from_static("x-amz-request-id"), id);
        }
    }
}

/// S3's second name of a request, in header and error body. Opaque to clients.
pub(crate) fn host_id(request_id: &RequestId) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, request_id.to_string())
}

/// The content type of what the service writes.
pub(crate) fn content_type(service: Service) -> HeaderValue {
    HeaderValue::from_static(match service.protocol() {
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::Query => "text/xml",
        Protocol::RestXml => "application/xml",
    })
}

/// A header value from text that we made of ASCII alone.
fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}
