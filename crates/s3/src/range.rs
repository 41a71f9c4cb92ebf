//! The `Range` header (RFC 9110, section 14.2), as far as S3 takes it: one range of bytes.

use std::ops::Range;

/// What a `Range` header asks of an object of some length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All of it: there is no header, or one that S3 does not look at (another unit, several
    /// ranges, or not readable).
    Everything,
    /// These bytes, which the object has.
    Part(Range<u64>),
    /// Bytes that it does not have: 416 `InvalidRange`.
    Unsatisfiable,
}

pub(crate) fn asked(header: Option<&str>, length: u64) -> Asked {
    let Some((first, last)) = header.and_then(parse) else { return Asked::Everything };
    let range = match (first, last) {
        (Some(first), Some(last)) if last < first => return Asked::Everything,
        (Some(first), Some(last)) => first..length.min(last.saturating_add(1)),
        (Some(first), None) => first..length,
        (None, Some(suffix)) => length.saturating_sub(suffix)..length,
        (None, None) => return Asked::Everything,
    };
    if range.is_empty() { Asked::Unsatisfiable } else { Asked::Part(range) }
}

fn parse(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| {
        let text = text.trim();
        if text.is_empty() {
            return Some(None);
        }
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        // A number beyond 64 bits lies behind every object.
        digits.then(|| Some(text.parse().unwrap_or(u64::MAX)))
    };
    Some((number(first)?, number(last)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes_is_understood_and_nothing_else() {
        for (header, expected) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=2-5", Asked::Part(2..6)),
            ("bytes=2-", Asked::Part(2..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=-30", Asked::Part(0..10)),
            ("bytes=8-99999999999999999999999", Asked::Part(8..10)),
            ("bytes=10-", Asked::Unsatisfiable),
            ("bytes=10-20", Asked::Unsatisfiable),
            ("bytes=-0", Asked::Unsatisfiable),
            ("bytes=5-2", Asked::Everything),
            ("bytes=0-1,3-4", Asked::Everything),
            ("bytes=-", Asked::Everything),
            ("bytes=a-b", Asked::Everything),
            ("lines=0-1", Asked::Everything),
            ("", Asked::Everything),
        ] {
            assert_eq!(asked(Some(header), 10), expected, "{header}");
        }
        assert_eq!(asked(None, 10), Asked::Everything);
        assert_eq!(asked(Some("bytes=0-0"), 0), Asked::Unsatisfiable);
    }
}
