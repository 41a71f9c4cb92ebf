use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use quick_xml::{
    Reader,
    events::{BytesRef, Event},
};
use serde::Deserialize;

use super::Unreachable;

/// What a server answered, success or refusal.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A refusal in AWS's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// AWS's error code, such as `AccessDenied`; empty if the answer had none.
    pub(crate) code: String,
    pub(crate) message: String,
    /// What `cloakroom explain` is asked with; empty if the answer had none.
    pub(crate) request_id: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = if self.code.is_empty() { "no error code" } else { &self.code };
        write!(f, "{code} ({})", self.status)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if !self.request_id.is_empty() {
            write!(f, " [request id {}]", self.request_id)?;
        }
        Ok(())
    }
}

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    #[error("{operation} was refused: {refusal}")]
    Refused { operation: String, refusal: Refusal },
    #[error("{operation} was answered without {expected}")]
    Unreadable { operation: String, expected: &'static str },
    #[error(
        "the sign-in asks for {0} first, which this command does not answer; do that with another \
         client, then come back"
    )]
    Challenge(String),
}

/// An error in JSON: `{"__type": "namespace#Code", "message": "…"}`.
#[derive(Deserialize)]
struct JsonError {
    #[serde(rename = "__type", default)]
    code: String,
    #[serde(alias = "Message", default)]
    message: String,
}

impl Answer {
    /// The id of the request, under the name that each protocol has for it.
    pub(crate) fn request_id(&self) -> &str {
        ["x-amzn-requestid", "x-amz-request-id"]
            .into_iter()
            .find_map(|name| self.headers.get(name)?.to_str().ok())
            .unwrap_or_default()
    }

    /// The refusal, unless the answer is a success.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        if self.status.is_success() {
            return None;
        }
        let (code, message) = match serde_json::from_slice::<JsonError>(&self.body) {
            Ok(error) => {
                let code = error.code.rsplit('#').next().unwrap_or_default().to_owned();
                (code, error.message)
            }
            Err(_) => (self.first_text("Code"), self.first_text("Message")),
        };
        let request_id = match self.request_id() {
            "" => self.first_text("RequestId"),
            id => id.to_owned(),
        };
        Some(Refusal { status: self.status.as_u16(), code, message, request_id })
    }

    /// The answer, if it is a success.
    pub(crate) fn accepted(self, operation: &str) -> Result<Self, CallError> {
        match self.refusal() {
            None => Ok(self),
            Some(refusal) => Err(CallError::Refused { operation: operation.to_owned(), refusal }),
        }
    }

    /// The text of an XML answer's first element of this name, which has to be there.
    pub(crate) fn element(
        &self,
        operation: &str,
        element: &'static str,
    ) -> Result<String, CallError> {
        xml_texts(&self.body, element).into_iter().next().ok_or_else(|| CallError::Unreadable {
            operation: operation.to_owned(),
            expected: element,
        })
    }

    fn first_text(&self, element: &str) -> String {
        xml_texts(&self.body, element).into_iter().next().unwrap_or_default()
    }
}

/// The texts of all elements of this name, in order, however deep; what is not XML has none.
///
/// Enough for the few values that are read here: a key, an ARN, an error code.
pub(crate) fn xml_texts(body: &[u8], element: &str) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(body) else { return Vec::new() };
    let mut reader = Reader::from_str(text);
    let mut texts = Vec::new();
    let mut open: Option<String> = None;
    loop {
        match (reader.read_event(), &mut open) {
            (Ok(Event::Start(start)), _) if start.local_name().as_ref() == element => {
                open = Some(String::new());
            }
            (Ok(Event::End(end)), _) if end.local_name().as_ref() == element => {
                texts.extend(open.take());
            }
            (Ok(Event::Text(text)), Some(open)) => open.push_str(&text),
            (Ok(Event::CData(text)), Some(open)) => open.push_str(&text),
            (Ok(Event::GeneralRef(reference)), Some(open)) => open.extend(character(&reference)),
            (Ok(Event::Eof) | Err(_), _) => return texts,
            (Ok(_), _) => {}
        }
    }
}

/// The character that `&lt;` or `&#x3C;` stands for; AWS's answers use no entity of their own.
pub(super) fn character(reference: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character);
    }
    match reference.as_ref() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, header: Option<(&'static str, &str)>, body: &'static str) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, value.parse().unwrap());
        }
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into() }
    }

    #[test]
    fn each_protocol_s_refusal_is_read() {
        let refusal = |code: &str, message: &str, status| {
            Some(Refusal {
                status,
                code: code.to_owned(),
                message: message.to_owned(),
                request_id: "r-1".to_owned(),
            })
        };
        let json = answer(
            400,
            Some(("x-amzn-requestid", "r-1")),
            r#"{"__type":"com.amazonaws.cognito#NotAuthorizedException","message":"Invalid"}"#,
        );
        assert_eq!(json.refusal(), refusal("NotAuthorizedException", "Invalid", 400));
        let s3 = answer(
            403,
            Some(("x-amz-request-id", "r-1")),
            "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
        );
        assert_eq!(s3.refusal(), refusal("AccessDenied", "Access Denied", 403));
        let query = answer(
            403,
            None,
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
             <Message>a &lt; b</Message></Error><RequestId>r-1</RequestId></ErrorResponse>",
        );
        assert_eq!(query.refusal(), refusal("AccessDenied", "a < b", 403));
    }

    #[test]
    fn a_success_is_no_refusal_and_an_unreadable_refusal_still_is_one() {
        assert_eq!(answer(200, None, "<Error><Code>x</Code></Error>").refusal(), None);
        let refusal = answer(502, None, "Bad Gateway").refusal().unwrap();
        assert_eq!((refusal.status, refusal.code.as_str()), (502, ""));
    }

    #[test]
    fn texts_are_found_in_order_at_any_depth() {
        let body = b"<L><C><Key>a</Key></C><C><Key>b&amp;c&#x21;</Key></C></L>";
        assert_eq!(xml_texts(body, "Key"), ["a", "b&c!"]);
        assert!(xml_texts(b"not xml", "Key").is_empty());
        assert!(xml_texts(b"<Key>cut", "Key").is_empty());
    }
}
