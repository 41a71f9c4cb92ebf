//! Numbers as bytes: how Cognito hashes them.

use sha2::{Digest as _, Sha256};

/// The least bytes, most significant first, that show the number and that it is positive: a zero
/// stands before a first bit that is set, and nowhere else (as Java writes big integers).
pub(crate) fn signed(big_endian: &[u8]) -> Vec<u8> {
    let first = big_endian.iter().position(|byte| *byte != 0).unwrap_or(big_endian.len());
    let digits = big_endian.get(first..).unwrap_or_default();
    let mut bytes = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_none_or(|byte| *byte >= 0x80) {
        bytes.push(0);
    }
    bytes.extend_from_slice(digits);
    bytes
}

/// The number in hexadecimal, without zeros before it.
pub(crate) fn to_hex(big_endian: &[u8]) -> String {
    let digits = hex::encode(big_endian);
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
}

/// SHA-256 of the parts, one behind the other.
pub(crate) fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_least_bytes_that_keep_it_positive() {
        for (given, expected) in [
            (&[0, 0, 1][..], &[1][..]),
            (&[0x7f, 0], &[0x7f, 0]),
            (&[0x80], &[0, 0x80]),
            (&[0, 0xff, 1], &[0, 0xff, 1]),
            (&[0, 0], &[0]),
            (&[], &[0]),
        ] {
            assert_eq!(signed(given), expected, "{given:?}");
        }
        assert_eq!(to_hex(&[0, 0x0a, 0xb0]), "ab0");
        assert_eq!(to_hex(&[0]), "0");
    }
}
