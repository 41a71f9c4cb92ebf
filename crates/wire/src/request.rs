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

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_is_decoded_once_and_in_order() {
        let table: &[(&str, &[(&str, &str)])] = &[
            ("", &[]),
            ("&&", &[]),
            ("a", &[("a", "")]),
            ("a=", &[("a", "")]),
            ("=a", &[("", "a")]),
            ("a=b=c&a=d", &[("a", "b=c"), ("a", "d")]),
            ("a+b=c+%2B%2520", &[("a b", "c +%20")]),
            ("%C3%A4=%E2%82%AC", &[("ä", "€")]),
        ];
        for (raw, expected) in table {
            let pairs = decode_form(raw).unwrap();
            let pairs: Vec<_> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!(pairs, *expected, "{raw}");
        }
    }

    #[test]
    fn what_is_not_text_is_not_decoded() {
        for raw in ["%", "a=%", "a=%4", "a=%4g", "a=%%41", "%ff=a", "a=%c3", "a=%ed%a0%80", "%+1"] {
            assert_eq!(decode_form(raw), Err(NotDecodable), "{raw}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_pairs_come_back_from_their_encoding(pairs: Vec<(String, String)>) {
            let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let pair = |(key, value): &(String, String)| format!("{}={}", encode(key), encode(value));
            let raw = pairs.iter().map(pair).collect::<Vec<_>>().join("&");
            prop_assert_eq!(decode_form(&raw).unwrap(), pairs);
        }

        #[test]
        fn no_bytes_are_too_odd(body: Vec<u8>, text in "[<>&;!/\\[\\]{}\",:a0.%=+-]{0,80}") {
            for body in [body.as_slice(), text.as_bytes()] {
                let _ = crate::json::parse(body);
                let _ = crate::xml::parse(body);
            }
            if let Ok(pairs) = decode_form(&text) {
                let _ = crate::query::Field::tree(pairs);
            }
        }
    }
}
