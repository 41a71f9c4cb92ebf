//! The head of any request goes somewhere, and the same head always to the same place.

#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;

use self::route::{Head, Route, route};

// The function alone: the crate it belongs to would bring the whole server with it, to be compiled once
// more with instrumentation.
#[allow(unreachable_pub, reason = "it is public in its own crate")]
#[path = "../../crates/server/src/route.rs"]
mod route;

/// Method, host, path and query; and headers, by a number that gives the name.
type Request<'a> = ([&'a str; 4], Vec<(u8, &'a [u8])>);

fuzz_target!(|input: Request<'_>| {
    let ([method, host, path, query], fields) = input;
    let Ok(method) = method.parse::<Method>() else { return };
    let names = ["authorization", "x-amz-target", "content-type", "x-forwarded-host"];
    let mut headers = HeaderMap::new();
    for (name, value) in fields.into_iter().take(16) {
        let name = names.get(usize::from(name) % names.len()).copied().unwrap_or_default();
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    let host = host.to_lowercase();
    let head = Head { method: &method, host: &host, path, query, headers: &headers };
    let found = route(head);
    assert_eq!(found, route(head));
    if let Route::Service { bucket_in_host: Some(bucket), .. } = found {
        assert!(!bucket.is_empty() && host.starts_with(&bucket));
    }
});
