use jiff::{Timestamp, civil::DateTime, fmt::rfc2822, tz::Offset};

/// Writes a time as signatures do: `YYYYMMDDTHHMMSSZ`, without fractions.
pub(crate) fn basic_format(time: Timestamp) -> String {
    let t = Offset::UTC.to_datetime(time);
    let (year, month, day) = (t.year(), t.month(), t.day());
    let (hour, minute, second) = (t.hour(), t.minute(), t.second());
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Reads `YYYYMMDDTHHMMSSZ`, and nothing else.
pub(crate) fn parse_basic(text: &[u8]) -> Option<Timestamp> {
    let text: &[u8; 16] = text.try_into().ok()?;
    let [y1, y2, y3, y4, mo1, mo2, d1, d2, b'T', h1, h2, mi1, mi2, s1, s2, b'Z'] = *text else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i16, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + i16::from(digit - b'0'))
        })
    };
    let two = |a: u8, b: u8| number(&[a, b]).and_then(|n| i8::try_from(n).ok());
    let datetime = DateTime::new(
        number(&[y1, y2, y3, y4])?,
        two(mo1, mo2)?,
        two(d1, d2)?,
        two(h1, h2)?,
        two(mi1, mi2)?,
        two(s1, s2)?,
        0,
    )
    .ok()?;
    Offset::UTC.to_timestamp(datetime).ok()
}

/// Reads a `Date` header: an RFC 9110 date, or the form of `x-amz-date`.
pub(crate) fn parse_date_header(text: &[u8]) -> Option<Timestamp> {
    parse_basic(text).or_else(|| {
        rfc2822::DateTimeParser::new().parse_timestamp(std::str::from_utf8(text).ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let time = parse_basic(b"20130524T000102Z").unwrap();
        assert_eq!(time.to_string(), "2013-05-24T00:01:02Z");
        assert_eq!(basic_format(time), "20130524T000102Z");
        assert_eq!(parse_date_header(b"Fri, 24 May 2013 00:01:02 GMT"), Some(time));
        assert_eq!(parse_date_header(b"20130524T000102Z"), Some(time));
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "20130524",
            "2013-05-24T00:00:00Z",
            "20130524T000000",
            "20130524t000000z",
            "20130524T000000Z ",
            "20131324T000000Z",
            "20130230T000000Z",
            "20130524T240000Z",
            "20130524T006000Z",
            "2013052 T000000Z",
            "+0130524T000000Z",
        ] {
            assert_eq!(parse_basic(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_date_header(b"yesterday"), None);
    }
}
