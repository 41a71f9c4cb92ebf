use std::borrow::Cow;

use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

/// What of a request is known before its body: the line, the host's bucket and the headers.
#[derive(Debug, Clone)]
pub struct RequestParts<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path as sent: percent-encoded, not normalised, without the query.
    pub path: &'a str,
    /// The bucket, where the host names it (`BUCKET.s3.…`); the path then begins with the key.
    pub bucket_in_host: Option<&'a str>,
    /// The query's parameters in the order sent, decoded once (see [`decode_form`]). A key without
    /// `=` has an empty value.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: &'a HeaderMap,
}

/// A percent-encoding that does not stand for text: a `%` without two hexadecimal digits, or bytes
/// that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the text is not percent-encoded UTF-8: write each byte outside A-Z a-z 0-9 - . _ ~ as %XX"
)]
pub struct NotDecodable;

/// Decodes a query or an `application/x-www-form-urlencoded` body into its pairs, in order.
///
/// Each key and value is decoded exactly once, `+` being a space
/// ([URL standard](https://url.spec.whatwg.org/#urlencoded-parsing)). Unlike that standard it
/// refuses what is not UTF-8, so that two different requests never read as the same.
///
/// # Errors
/// [`NotDecodable`] if a key or a value is not percent-encoded UTF-8.
pub fn decode_form(raw: &str) -> Result<Vec<(String, String)>, NotDecodable> {
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode_form_text(key)?, decode_form_text(value)?))
        })
        .collect()
}

fn decode_form_text(raw: &str) -> Result<String, NotDecodable> {
    decode_percent(&raw.replace('+', " ")).map(Cow::into_owned)
}

/// Decodes `%XX` exactly once; everything else, `+` too, stands for itself (RFC 3986, section 2.1).
///
/// # Errors
/// [`NotDecodable`] if a `%` lacks its digits or the bytes are not UTF-8.
pub fn decode_percent(raw: &str) -> Result<Cow<'_, str>, NotDecodable> {
    let mut escapes = raw.split('%');
    escapes.next();
    let whole = |escape: &str| {
        let mut digits = escape.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.next().is_some() && digits.next().is_some()
    };
    if !escapes.all(whole) {
        return Err(NotDecodable);
    }
    percent_decode_str(raw).decode_utf8().map_err(|_| NotDecodable)
}
