//! Signatures and bodies as AWS publishes them, as botocore makes them, and as they must be
//! refused.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has failed"
)]

mod payload;
mod properties;
mod refusals;
mod sdk_for_rust;
mod vectors;

use sigv4::{Accepted, Dialect, Presented, Request, SignatureError, SigningKey};
use types::{SignedDuration, Timestamp};

/// AWS's example secret.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// The time of AWS's S3 examples, and so many seconds more.
fn example_time(seconds: i64) -> Timestamp {
    let start: Timestamp = "2013-05-24T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

/// Reads and checks what must be a signed request.
fn check(
    request: &Request<'_>,
    secret: &str,
    dialect: Dialect,
    now: Timestamp,
) -> Result<Accepted, SignatureError> {
    let presented = Presented::from_request(request).unwrap().unwrap();
    let key = SigningKey::derive(&secret.into(), presented.scope());
    presented.check(&key, dialect, WINDOW, now)
}

/// Headers in the form a request borrows.
fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
}
