//! Secrets at rest, cursors and challenge states.

use proptest::prelude::*;
use session::{KeyRing, Label, SealError, Sealed, UnsealError};
use types::{SecretBytes, SecretString};

use crate::{entropy, ring};

const LABELS: [Label; 3] = [Label::SecretAtRest, Label::Cursor, Label::ChallengeState];

fn seal(ring: &KeyRing, text: &str) -> Sealed<String> {
    ring.seal(Label::SecretAtRest, b"record", &SecretString::from(text), &*entropy(4)).unwrap()
}

fn open(ring: &KeyRing, sealed: &Sealed<String>) -> Result<String, UnsealError> {
    let opened = ring.open(Label::SecretAtRest, b"record", sealed);
    opened.map(|secret| secret.expose().clone())
}

#[test]
fn what_was_sealed_opens_with_the_same_label_and_associated_data_only() {
    let ring = ring(1);
    let secret = SecretBytes::new(b"\x00a secret\xff".to_vec());
    for label in LABELS {
        let sealed = ring.seal(label, b"record", &secret, &*entropy(4)).unwrap();
        for other in LABELS {
            let opened = ring.open(other, b"record", &sealed);
            match opened {
                Ok(opened) => assert!(opened.equals(secret.expose()) && other == label),
                Err(refused) => assert!(refused == UnsealError::Broken && other != label),
            }
        }
        for record in ["", "recor", "records", "recore"] {
            let opened = ring.open(label, record.as_bytes(), &sealed);
            assert_eq!(opened.unwrap_err(), UnsealError::Broken, "{record}");
        }
    }
}

#[test]
fn every_bit_and_every_length_matters() {
    let ring = ring(1);
    let sealed = seal(&ring, "hunter2");
    let bytes = base64_of(&sealed.to_string());
    let altered = |bytes: &[u8]| -> Sealed<String> { text_of(bytes).parse().unwrap() };
    assert_eq!(open(&ring, &altered(&bytes)), Ok("hunter2".to_owned()));
    for position in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[position / 8] ^= 1 << (position % 8);
        let refused = open(&ring, &altered(&bytes)).unwrap_err();
        let in_key_id = (1..9).contains(&(position / 8));
        assert_eq!(matches!(refused, UnsealError::UnknownKey(_)), in_key_id, "bit {position}");
    }
    for length in 0..bytes.len() {
        assert_eq!(open(&ring, &altered(&bytes[..length])), Err(UnsealError::Broken));
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(open(&ring, &altered(&longer)), Err(UnsealError::Broken));
}

#[test]
fn a_secret_opens_while_its_key_is_in_the_ring() {
    let old = ring(1);
    let sealed = seal(&old, "hunter2");
    assert_eq!(sealed.key_id(), Some(old.primary_id()));
    let rotated = old.rotate(&*entropy(2)).unwrap();
    assert_eq!(open(&rotated, &sealed), Ok("hunter2".to_owned()));
    assert_ne!(seal(&rotated, "x").key_id(), sealed.key_id());
    let dropped = rotated.drop_retired(old.primary_id()).unwrap();
    let unknown = UnsealError::UnknownKey(old.primary_id());
    assert_eq!(open(&dropped, &sealed), Err(unknown));
    assert!(unknown.to_string().contains(&old.primary_id().to_string()));
    assert_eq!(open(&ring(9), &sealed), Err(unknown));
    assert_eq!(open(&old, &seal(&rotated, "ahead")), Ok("ahead".to_owned()));
}

#[test]
fn the_same_secret_is_sealed_differently_each_time() {
    let (ring, entropy) = (ring(1), entropy(4));
    let secret = SecretString::from("hunter2");
    let one = ring.seal(Label::Cursor, b"", &secret, &*entropy).unwrap();
    let other = ring.seal(Label::Cursor, b"", &secret, &*entropy).unwrap();
    assert!(one != other && one.to_string() != other.to_string());
}

#[test]
fn a_sealed_secret_is_a_text_in_json_and_safe_in_a_url() {
    let ring = ring(1);
    let sealed = seal(&ring, "hunter2");
    let json = serde_json::to_string(&sealed).unwrap();
    assert_eq!(json, format!("\"{sealed}\""));
    let url_safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(sealed.to_string().chars().all(url_safe));
    let read: Sealed<String> = serde_json::from_str(&json).unwrap();
    assert!(read == sealed && read.clone() == read);
    assert_eq!(open(&ring, &read), Ok("hunter2".to_owned()));
    for wrong in ["\"=\"", "\"a\"", "\"+/+/\"", "1", "null", "\"ü\""] {
        assert!(serde_json::from_str::<Sealed<String>>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn bytes_that_are_no_text_do_not_open_as_text() {
    let ring = ring(1);
    let secret = SecretBytes::new(vec![0xff, 0xfe]);
    let sealed = ring.seal(Label::SecretAtRest, b"record", &secret, &*entropy(4)).unwrap();
    let as_text: Sealed<String> = sealed.to_string().parse().unwrap();
    assert_eq!(open(&ring, &as_text), Err(UnsealError::Broken));
}

#[test]
fn what_is_too_long_is_not_sealed_and_not_read() {
    let ring = ring(1);
    let seal = |bytes: usize| {
        let secret = SecretBytes::new(vec![7; bytes]);
        ring.seal(Label::Cursor, b"", &secret, &*entropy(4))
    };
    let longest = seal(64 * 1024 - 49).unwrap().to_string();
    let read: Sealed<Vec<u8>> = longest.parse().unwrap();
    assert_eq!(ring.open(Label::Cursor, b"", &read).unwrap().expose().len(), 64 * 1024 - 49);
    let bytes = 64 * 1024 - 48;
    assert_eq!(seal(bytes).unwrap_err(), SealError::TooLong { bytes });
    assert!("A".repeat(90_000).parse::<Sealed<String>>().is_err());
}

#[test]
fn nothing_printed_contains_what_is_sealed() {
    let ring = ring(1);
    let sealed = seal(&ring, "hunter2");
    assert_eq!(format!("{sealed:?}"), "Sealed(…)");
    assert!(!sealed.to_string().contains("hunter2"));
    let read = serde_json::from_str::<Sealed<String>>("\"c2VjcmV0LXNlY3JldC0\"").unwrap();
    assert!(!open(&ring, &read).unwrap_err().to_string().contains("c2VjcmV0"));
}

proptest! {
    #[test]
    fn any_text_and_bytes_come_back(text in any::<String>(), bytes in any::<Vec<u8>>(), record in any::<Vec<u8>>()) {
        let ring = ring(1);
        let secret = SecretString::new(text);
        let sealed = ring.seal(Label::ChallengeState, &record, &secret, &*entropy(4)).unwrap();
        let opened = ring.open(Label::ChallengeState, &record, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), secret.expose());
        let secret = SecretBytes::new(bytes);
        let sealed = ring.seal(Label::SecretAtRest, &record, &secret, &*entropy(4)).unwrap();
        let opened = ring.open(Label::SecretAtRest, &record, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), secret.expose());
    }

    #[test]
    fn no_bytes_open_or_panic(bytes in any::<Vec<u8>>()) {
        let sealed: Sealed<String> = text_of(&bytes).parse().unwrap();
        prop_assert!(open(&ring(1), &sealed).is_err());
    }
}

fn base64_of(text: &str) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn text_of(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}
