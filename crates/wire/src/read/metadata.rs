//! An object's user metadata: the one map that travels in headers.

use std::collections::BTreeMap;

use http::HeaderName;

use crate::RequestParts;

const PREFIX: &str = "x-amz-meta-";
/// What a presigned URL has, by Signature Version 4 and 2.
const SIGNATURES: [&str; 2] = ["X-Amz-Signature", "Signature"];

/// A value is not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotText;

/// The metadata, by the names behind the prefix, which are in lower case.
///
/// A presigned URL may have it as query parameters: the AWS SDK for JavaScript puts there what would be a
/// header, so that who uses the URL need not send it, and so does boto3 by Signature Version 2. Where the
/// header is sent it counts. A name that is given several times has its values with
/// a comma between them, as any header may be put together (RFC 9110, section 5.2).
///
/// Sources: S3 User Guide, *Working with object metadata*; aws/aws-sdk-js-v3#4694.
pub(super) fn of(request: &RequestParts<'_>) -> Result<BTreeMap<String, String>, NotText> {
    let mut metadata = BTreeMap::<String, String>::new();
    let mut add = |name: &str, value: &str| {
        let joined = metadata.entry(name.to_owned());
        joined
            .and_modify(|all| {
                all.push(',');
                all.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    };
    for (name, value) in request.headers {
        if let Some(name) = name.as_str().strip_prefix(PREFIX) {
            add(name, std::str::from_utf8(value.as_bytes()).map_err(|_| NotText)?);
        }
    }
    if request.query.iter().any(|(name, _)| SIGNATURES.contains(&name.as_str())) {
        for (name, value) in &request.query {
            // A header's name has no upper case; what could not be one is none.
            let Ok(header) = name.parse::<HeaderName>() else { continue };
            // Version 2 signs the header alone where there is one.
            if request.headers.contains_key(&header) {
                continue;
            }
            if let Some(name) = header.as_str().strip_prefix(PREFIX) {
                add(name, value);
            }
        }
    }
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;

    fn of(headers: &[(&'static str, &[u8])], query: &str) -> Result<Vec<String>, NotText> {
        let header = |(name, value): &(&'static str, &[u8])| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap())
        };
        let headers: HeaderMap = headers.iter().map(header).collect();
        let request = RequestParts {
            method: &Method::PUT,
            path: "/b/k",
            bucket_in_host: None,
            query: crate::decode_form(query).unwrap(),
            headers: &headers,
        };
        let text = |(name, value)| format!("{name}={value}");
        super::of(&request).map(|metadata| metadata.into_iter().map(text).collect())
    }

    #[test]
    fn values_of_one_name_are_joined() {
        let headers: &[(&str, &[u8])] = &[
            ("x-amz-meta-a", b"1"),
            ("x-amz-meta-b", b"x"),
            ("x-amz-meta-a", b"2, 3"),
            ("x-amz-metadata-directive", b"COPY"),
        ];
        assert_eq!(of(headers, "").unwrap(), ["a=1,2, 3", "b=x"]);
        assert_eq!(of(&[("x-amz-meta-a", b"\xff")], ""), Err(NotText));
    }

    #[test]
    fn a_presigned_url_can_have_it() {
        let query = "x-amz-meta-a=1+2&X-Amz-Meta-B=%C3%A4&x-amz-tagging=c%3Dd&x-amz-meta-%20=e";
        for signature in ["X-Amz-Signature", "Signature"] {
            let signed = format!("{query}&{signature}=00");
            assert_eq!(of(&[], &signed).unwrap(), ["a=1 2", "b=ä"]);
            assert_eq!(of(&[("x-amz-meta-a", b"0")], &signed).unwrap(), ["a=0", "b=ä"]);
        }
        // Elsewhere a parameter is no header.
        assert!(of(&[], query).unwrap().is_empty());
    }
}
