use jiff::fmt::rfc2822;
use types::Timestamp;

/// A moment as HTTP headers write it: `Wed, 21 Oct 2026 07:28:00 GMT` (RFC 9110, section 5.6.7).
pub(crate) fn http_date(moment: &Timestamp) -> String {
    // Only years behind 9999 cannot be written; no object has one.
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(moment).unwrap_or_default()
}
