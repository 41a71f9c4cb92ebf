use std::borrow::Cow;

const HEX_UPPER: [u8; 16] = *b"0123456789ABCDEF";

/// Appends `bytes`, all but RFC 3986's unreserved characters as `%XX`, upper case.
///
/// Source: IAM User Guide, *Create a signed AWS API request*, the function `UriEncode`.
pub(crate) fn percent_encode(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        if is_unreserved(*byte) {
            out.push(*byte);
        } else {
            let digit = |half: u8| HEX_UPPER.get(usize::from(half)).copied().unwrap_or(b'0');
            out.extend([b'%', digit(byte >> 4), digit(byte & 0x0f)]);
        }
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Replaces every `%XX`; a `%` that two hexadecimal digits do not follow stands for itself.
pub(crate) fn percent_decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        if *first == b'%'
            && let Some((digits, after)) = behind.split_first_chunk::<2>()
            && let (Some(high), Some(low)) = (hex_value(digits[0]), hex_value(digits[1]))
        {
            out.push(high << 4 | low);
            rest = after;
        } else {
            out.push(*first);
            rest = behind;
        }
    }
    Cow::Owned(out)
}

/// The value of a hexadecimal digit in either case.
pub(crate) fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// A text for an error message: at most 200 characters of what may be any bytes.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(200).collect()
}

/// Reads exactly `2 * N` lower-case hexadecimal digits.
pub(crate) fn lower_hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        let mut out = Vec::new();
        percent_encode(&mut out, "aZ09-._~ /+=&%*'ሴ".as_bytes());
        assert_eq!(out, b"aZ09-._~%20%2F%2B%3D%26%25%2A%27%E1%88%B4");
    }

    #[test]
    fn a_stray_percent_sign_stands_for_itself() {
        for (text, decoded) in [
            ("a%20b", "a b"),
            ("%3a%3A", "::"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%%41%zz", "%A%zz"),
        ] {
            assert_eq!(percent_decode(text.as_bytes()), decoded.as_bytes(), "{text}");
        }
    }

    #[test]
    fn digests_are_lower_case_hexadecimal_of_the_right_length() {
        assert_eq!(lower_hex::<2>(b"0aff"), Some([0x0a, 0xff]));
        for text in ["0AFF", "0af", "0afff", "0ag0", ""] {
            assert_eq!(lower_hex::<2>(text.as_bytes()), None, "{text}");
        }
    }
}
