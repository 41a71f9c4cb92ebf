use crate::{
    CredentialScope, Request,
    encoding::{percent_decode, percent_encode},
    key::sha256,
    presented::ALGORITHM,
    time::basic_format,
};

/// How a service has the path written in the canonical request.
///
/// Source: IAM User Guide, *Create a signed AWS API request*, step 1, `CanonicalUri`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathForm {
    /// S3: each segment encoded once, nothing removed, since a key may be `a//../b`.
    AsSent,
    /// The others: `.`, `..` and empty segments resolved, and what was sent encoded once more.
    Normalized,
}

/// The canonical request, byte for byte: header values need not be UTF-8.
pub(crate) fn canonical_request(
    request: &Request<'_>,
    form: PathForm,
    signed_headers: &str,
    payload_hash: &str,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    out.extend(request.method.as_bytes());
    out.push(b'\n');
    match form {
        PathForm::AsSent => path_as_sent(&mut out, request.path),
        PathForm::Normalized => path_normalized(&mut out, request.path),
    }
    out.push(b'\n');
    canonical_query(&mut out, request);
    out.push(b'\n');
    for name in signed_headers.split(';') {
        out.extend(name.as_bytes());
        out.push(b':');
        for (index, value) in request.values(name).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            fold_spaces(&mut out, value);
        }
        out.push(b'\n');
    }
    out.push(b'\n');
    out.extend(signed_headers.as_bytes());
    out.push(b'\n');
    out.extend(payload_hash.as_bytes());
    out
}

/// The string to sign of a canonical request made at a `time`, written `YYYYMMDDTHHMMSSZ`.
pub(crate) fn string_to_sign(
    time: types::Timestamp,
    scope: &CredentialScope,
    canonical_request: &[u8],
) -> String {
    let hash = hex::encode(sha256(canonical_request));
    format!("{ALGORITHM}\n{}\n{scope}\n{hash}", basic_format(time))
}

/// Segments are decoded and encoded anew, so that `:`, `%3a` and `%3A`, which name the same key,
/// have the same signature, while `%2F` stays apart from `/`.
fn path_as_sent(out: &mut Vec<u8>, path: &str) {
    for (index, segment) in non_empty(path).split('/').enumerate() {
        if index > 0 {
            out.push(b'/');
        }
        percent_encode(out, &percent_decode(segment.as_bytes()));
    }
}

fn path_normalized(out: &mut Vec<u8>, path: &str) {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    for segment in &segments {
        out.push(b'/');
        percent_encode(out, segment.as_bytes());
    }
    if path.ends_with('/') || segments.is_empty() {
        out.push(b'/');
    }
}

fn non_empty(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}

fn canonical_query(out: &mut Vec<u8>, request: &Request<'_>) {
    let mut parameters: Vec<(Vec<u8>, Vec<u8>)> = request
        .query_pairs()
        // The signature of a presigned URL cannot cover itself; elsewhere none is accepted.
        .filter(|(name, _)| **name != *b"X-Amz-Signature")
        .map(|(name, value)| (encoded(&name), encoded(&value)))
        .collect();
    parameters.sort_unstable();
    for (index, (name, value)) in parameters.iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend(name);
        out.push(b'=');
        out.extend(value);
    }
}

fn encoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    percent_encode(&mut out, bytes);
    out
}

/// Appends a trimmed header value with every run of spaces and tabs as one space.
fn fold_spaces(out: &mut Vec<u8>, value: &[u8]) {
    let words = value.split(|b| matches!(b, b' ' | b'\t')).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend(word);
    }
}
