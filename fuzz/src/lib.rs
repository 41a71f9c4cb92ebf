//! What the fuzz targets share.

#![expect(clippy::expect_used, reason = "a fuzz target fails by panicking")]

use http::{HeaderMap, HeaderValue};
use wire::{Operation, RequestParts, decode_form};

/// The head of a request whose body is fuzzed.
#[derive(Debug)]
pub struct Head {
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// The query.
    pub query: &'static str,
    /// What `X-Amz-Target` says.
    pub target: Option<String>,
}

/// Reads a body as the operation's input. Whatever is wrong with it is the client's mistake.
///
/// # Panics
/// If it is called the server's.
pub fn read<O: Operation>(head: Head, body: &[u8]) {
    let mut headers = HeaderMap::new();
    if let Some(target) = head.target {
        let target = HeaderValue::try_from(target).expect("a good header");
        headers.insert("x-amz-target", target);
    }
    let method = head.method.parse().expect("a method");
    let parts = RequestParts {
        method: &method,
        path: head.path,
        bucket_in_host: None,
        query: decode_form(head.query).expect("a good query"),
        headers: &headers,
    };
    if let Err(fault) = O::read(&parts, body) {
        assert!(fault.status().is_client_error(), "{}: {}", fault.code(), fault.message());
    }
}
