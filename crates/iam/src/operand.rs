//! The values of conditions, read once by the rules of their operator.

use std::net::IpAddr;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;

use crate::{
    Context, Pattern,
    matcher::{Colons, Values, matches},
    operator::Base,
    pattern::Syntax,
};

/// A value that a condition compares with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Pattern(Pattern),
    Number(f64),
    Date(Timestamp),
    Binary(Vec<u8>),
    Network(Network),
    /// Nothing if a policy variable stands here, which operators on booleans do not take.
    Truth(Option<bool>),
}

/// An address range, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) address: IpAddr,
    pub(crate) prefix: u8,
}

impl Operand {
    /// Reads a value; the error says what would have been right.
    pub(crate) fn parse(base: Base, text: &str, variables: bool) -> Result<Self, String> {
        let wrong = |expected: &str| format!("{text:?} is not {expected}");
        Ok(match base {
            Base::StringEquals | Base::StringEqualsIgnoreCase => {
                Self::Pattern(Pattern::parse(text, Syntax { wildcards: false, variables })?)
            }
            Base::StringLike | Base::Arn => {
                Self::Pattern(Pattern::parse(text, Syntax { wildcards: true, variables })?)
            }
            Base::Numeric(_) => Self::Number(number(text).ok_or_else(|| wrong("a number"))?),
            Base::Date(_) => Self::Date(date(text).ok_or_else(|| {
                wrong("a date (2026-11-23T08:00:00Z, 2026-11-23, or seconds since 1970)")
            })?),
            Base::Binary => {
                Self::Binary(STANDARD.decode(text).map_err(|_| wrong("padded base64"))?)
            }
            Base::Ip => {
                Self::Network(Network::parse(text).ok_or_else(|| {
                    wrong("an IP address or range (203.0.113.0/24, 2001:db8::/32)")
                })?)
            }
            Base::Bool if variables && text.contains("${") => Self::Truth(None),
            Base::Bool | Base::Null => {
                Self::Truth(Some(truth(text).ok_or_else(|| wrong("\"true\" or \"false\""))?))
            }
        })
    }

    /// Whether the request's value does, before a `Not` is applied.
    pub(crate) fn matches(&self, base: Base, actual: &str, context: &dyn Context) -> bool {
        match (self, base) {
            (Self::Pattern(pattern), Base::StringEqualsIgnoreCase) => Values::of(pattern, context)
                .is_some_and(|values| {
                    lower(values.literal(pattern)).eq(lower(std::iter::once(actual)))
                }),
            (Self::Pattern(pattern), base) => {
                let colons = if base == Base::Arn { Colons::Arn } else { Colons::Ordinary };
                Values::of(pattern, context)
                    .is_some_and(|values| matches(pattern, &values, actual, colons, false))
            }
            (Self::Number(wanted), Base::Numeric(relation)) => number(actual)
                .and_then(|actual| actual.partial_cmp(wanted))
                .is_some_and(|ordering| relation.holds(ordering)),
            (Self::Date(wanted), Base::Date(relation)) => {
                date(actual).is_some_and(|actual| relation.holds(actual.cmp(wanted)))
            }
            (Self::Binary(wanted), _) => {
                STANDARD.decode(actual).is_ok_and(|actual| actual == *wanted)
            }
            (Self::Network(network), _) => {
                actual.parse().is_ok_and(|address| network.contains(address))
            }
            (Self::Truth(Some(wanted)), _) => truth(actual) == Some(*wanted),
            (Self::Truth(None) | Self::Number(_) | Self::Date(_), _) => false,
        }
    }
}

fn lower<'t>(texts: impl Iterator<Item = &'t str>) -> impl Iterator<Item = char> {
    texts.flat_map(|text| text.chars().flat_map(char::to_lowercase))
}

/// Decimal, with an optional fraction. Compared as a 64-bit float: whole numbers are exact up to
/// 2^53.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let decimal = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'-' | b'+'));
    if !decimal {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A W3C profile of ISO 8601 (from the month on; UTC if no offset is given), or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    // Four digits are a year.
    if text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() != 4 {
        return Timestamp::from_second(text.parse().ok()?).ok();
    }
    if text.contains('T') {
        return text.parse().ok();
    }
    let whole = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => return None,
    };
    whole.parse().ok()
}

fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

impl Network {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|prefix| *prefix <= bits)?
            }
            Some(_) => return None,
        };
        Some(Self { address, prefix })
    }

    /// An IPv4 address that arrives mapped into IPv6 (`::ffff:203.0.113.5`) is the IPv4 address.
    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differing = u32::from(network) ^ u32::from(address);
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = u128::from(network) ^ u128::from(address);
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        for (network, address, expected) in [
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.9/24", "203.0.113.255", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.5", "203.0.113.5", true),
            ("203.0.113.5", "203.0.113.4", false),
            ("0.0.0.0/0", "198.51.100.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:DB8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("203.0.113.0/24", "::ffff:203.0.113.5", true),
            ("203.0.113.0/24", "localhost", false),
        ] {
            let network = Network::parse(network).unwrap();
            let found = address.parse().is_ok_and(|address| network.contains(address));
            assert_eq!(found, expected, "{network:?} {address}");
        }
        for text in [
            "",
            "203.0.113",
            "203.0.113.0/33",
            "203.0.113.0/",
            "203.0.113.0/+8",
            "::/129",
            "203.0.113.*",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_and_dates() {
        assert_eq!(number("10"), number("10.0"));
        for text in ["", "x", "1x", "inf", "NaN", "0x10", "--1", ".", "1e999", "${a:b}"] {
            assert_eq!(number(text), None, "{text}");
        }
        let day: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        for text in [
            "2026-11-01T00:00:00Z",
            "2026-11-01T01:00:00+01:00",
            "2026-11-01",
            "2026-11",
            "1793491200",
            "2026-11-01T00:00:00.000Z",
        ] {
            assert_eq!(date(text), Some(day), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "2026-11-01T00:00:00", "99999999999999999"] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
