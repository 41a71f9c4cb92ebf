//! Tuples as keys whose byte order is the tuples' order.
//!
//! Each element begins with a tag and ends by itself, so the tuple of a key can be read back and no
//! two tuples have the same key. Texts and bytes compare byte for byte, numbers by value; a shorter
//! tuple comes before a longer one that begins with it.
//!
//! | element | bytes |
//! |---|---|
//! | bytes | `01`, each byte (`00` as `00 ff`), `00` |
//! | text | `02`, then as for bytes, in UTF-8 |
//! | u64 | `03`, eight bytes, big-endian |
//! | i64 | `04`, eight bytes, big-endian, the sign bit flipped |
//!
//! ```
//! use store::{Key, KeyReader};
//!
//! let key = Key::new().text("bucket").u64(7);
//! assert!(key < Key::new().text("bucket").u64(256));
//! let mut reader = KeyReader::new(&key);
//! assert_eq!((reader.text()?, reader.u64()?), ("bucket".to_owned(), 7));
//! reader.end()?;
//! # Ok::<(), store::key::KeyError>(())
//! ```

use std::{fmt, ops::Deref};

use bytes::Bytes;
use types::Timestamp;

const BYTES: u8 = 1;
const TEXT: u8 = 2;
const UNSIGNED: u8 = 3;
const SIGNED: u8 = 4;

const SIGN: u64 = 1 << 63;

/// A key that is being built, element by element.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[must_use]
pub struct Key(Vec<u8>);

impl Key {
    /// The empty tuple.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.delimited(BYTES, bytes);
        self.0.push(0);
        self
    }

    /// Adds a text, byte for byte: nothing is folded or normalised.
    pub fn text(mut self, text: &str) -> Self {
        self.delimited(TEXT, text.as_bytes());
        self.0.push(0);
        self
    }

    /// Adds an unsigned number.
    pub fn u64(mut self, number: u64) -> Self {
        self.0.push(UNSIGNED);
        self.0.extend(number.to_be_bytes());
        self
    }

    /// Adds a signed number.
    pub fn i64(mut self, number: i64) -> Self {
        self.0.push(SIGNED);
        self.0.extend((number.cast_unsigned() ^ SIGN).to_be_bytes());
        self
    }

    /// Adds a moment, to the microsecond.
    pub fn timestamp(self, moment: Timestamp) -> Self {
        self.i64(moment.as_microsecond())
    }

    /// The bytes so far and the beginning of a text that goes on.
    pub(crate) fn open_text(mut self, beginning: &str) -> Vec<u8> {
        self.delimited(TEXT, beginning.as_bytes());
        self.0
    }

    fn delimited(&mut self, tag: u8, bytes: &[u8]) {
        self.0.reserve(bytes.len() + 2);
        self.0.push(tag);
        for byte in bytes {
            self.0.push(*byte);
            if *byte == 0 {
                self.0.push(0xff);
            }
        }
    }
}

impl Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Key> for Bytes {
    fn from(key: Key) -> Self {
        key.0.into()
    }
}

impl From<Key> for Vec<u8> {
    fn from(key: Key) -> Self {
        key.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0.escape_ascii())
    }
}

/// A key does not have the elements that its reader expects: another kind of record, or damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key does not have {expected} where expected")]
pub struct KeyError {
    expected: &'static str,
}

/// Reads the elements of a key back, in the order they were added.
#[derive(Debug, Clone)]
pub struct KeyReader<'a> {
    rest: &'a [u8],
}

impl<'a> KeyReader<'a> {
    /// A reader before the first element.
    #[must_use]
    pub fn new(key: &'a [u8]) -> Self {
        Self { rest: key }
    }

    /// The next element, which must be bytes.
    ///
    /// # Errors
    /// [`KeyError`], if it is not.
    pub fn bytes(&mut self) -> Result<Vec<u8>, KeyError> {
        self.delimited(BYTES, "bytes")
    }

    /// The next element, which must be a text.
    ///
    /// # Errors
    /// [`KeyError`], if it is not.
    pub fn text(&mut self) -> Result<String, KeyError> {
        let error = KeyError { expected: "a text" };
        String::from_utf8(self.delimited(TEXT, error.expected)?).map_err(|_| error)
    }

    /// The next element, which must be an unsigned number.
    ///
    /// # Errors
    /// [`KeyError`], if it is not.
    pub fn u64(&mut self) -> Result<u64, KeyError> {
        self.number(UNSIGNED, "an unsigned number")
    }

    /// The next element, which must be a signed number.
    ///
    /// # Errors
    /// [`KeyError`], if it is not.
    pub fn i64(&mut self) -> Result<i64, KeyError> {
        Ok((self.number(SIGNED, "a signed number")? ^ SIGN).cast_signed())
    }

    /// The next element, which must be a moment.
    ///
    /// # Errors
    /// [`KeyError`], if it is not.
    pub fn timestamp(&mut self) -> Result<Timestamp, KeyError> {
        let error = KeyError { expected: "a moment" };
        Timestamp::from_microsecond(self.i64().map_err(|_| error)?).map_err(|_| error)
    }

    /// Asserts that every element was read.
    ///
    /// # Errors
    /// [`KeyError`], if there is more.
    pub fn end(self) -> Result<(), KeyError> {
        if self.rest.is_empty() { Ok(()) } else { Err(KeyError { expected: "its end" }) }
    }

    fn tag(&mut self, tag: u8, expected: &'static str) -> Result<(), KeyError> {
        match self.rest.split_first() {
            Some((first, rest)) if *first == tag => {
                self.rest = rest;
                Ok(())
            }
            _ => Err(KeyError { expected }),
        }
    }

    fn delimited(&mut self, tag: u8, expected: &'static str) -> Result<Vec<u8>, KeyError> {
        self.tag(tag, expected)?;
        let mut bytes = Vec::new();
        loop {
            match self.rest {
                [0, 0xff, rest @ ..] => {
                    bytes.push(0);
                    self.rest = rest;
                }
                [0, rest @ ..] => {
                    self.rest = rest;
                    return Ok(bytes);
                }
                [byte, rest @ ..] => {
                    bytes.push(*byte);
                    self.rest = rest;
                }
                [] => return Err(KeyError { expected }),
            }
        }
    }

    fn number(&mut self, tag: u8, expected: &'static str) -> Result<u64, KeyError> {
        self.tag(tag, expected)?;
        let (number, rest) = self.rest.split_first_chunk::<8>().ok_or(KeyError { expected })?;
        self.rest = rest;
        Ok(u64::from_be_bytes(*number))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::KeyRange;

    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
    enum Element {
        Bytes(Vec<u8>),
        Text(String),
        Unsigned(u64),
        Signed(i64),
    }

    fn element() -> impl Strategy<Value = Element> {
        // Few distinct bytes, among them those with a meaning, so that near misses are common.
        let byte = prop_oneof![Just(0), Just(1), Just(2), Just(0xfe), Just(0xff), any::<u8>()];
        let letter =
            prop_oneof![Just('\0'), Just('\u{1}'), Just('a'), Just('ÿ'), Just('\u{10ffff}')];
        let signed = prop_oneof![Just(-1), Just(0), Just(i64::MIN), Just(i64::MAX), any::<i64>()];
        prop_oneof![
            prop::collection::vec(byte, 0..4).prop_map(Element::Bytes),
            prop::collection::vec(letter, 0..4)
                .prop_map(|letters| Element::Text(letters.into_iter().collect())),
            any::<u64>().prop_map(Element::Unsigned),
            signed.prop_map(Element::Signed),
        ]
    }

    fn encode(tuple: &[Element]) -> Key {
        tuple.iter().fold(Key::new(), |key, element| match element {
            Element::Bytes(bytes) => key.bytes(bytes),
            Element::Text(text) => key.text(text),
            Element::Unsigned(number) => key.u64(*number),
            Element::Signed(number) => key.i64(*number),
        })
    }

    fn decode(key: &[u8], like: &[Element]) -> Result<Vec<Element>, KeyError> {
        let mut reader = KeyReader::new(key);
        let mut tuple = Vec::new();
        for element in like {
            tuple.push(match element {
                Element::Bytes(_) => Element::Bytes(reader.bytes()?),
                Element::Text(_) => Element::Text(reader.text()?),
                Element::Unsigned(_) => Element::Unsigned(reader.u64()?),
                Element::Signed(_) => Element::Signed(reader.i64()?),
            });
        }
        reader.end()?;
        Ok(tuple)
    }

    fn contains(range: &KeyRange, key: &[u8]) -> bool {
        key >= range.start.as_slice() && range.end.as_deref().is_none_or(|end| key < end)
    }

    proptest! {
        #[test]
        fn the_order_of_keys_is_the_order_of_tuples(
            left in prop::collection::vec(element(), 0..4),
            right in prop::collection::vec(element(), 0..4),
        ) {
            prop_assert_eq!(encode(&left).cmp(&encode(&right)), left.cmp(&right));
        }

        #[test]
        fn a_tuple_is_read_back(tuple in prop::collection::vec(element(), 0..5)) {
            prop_assert_eq!(decode(&encode(&tuple), &tuple), Ok(tuple.clone()));
        }

        #[test]
        fn a_cut_key_is_never_the_same_tuple(tuple in prop::collection::vec(element(), 1..4), cut in any::<prop::sample::Index>()) {
            let key = encode(&tuple);
            prop_assert_ne!(decode(&key[..cut.index(key.len())], &tuple), Ok(tuple.clone()));
        }

        #[test]
        fn a_range_within_a_tuple_holds_what_begins_with_it(
            parent in prop::collection::vec(element(), 0..3),
            other in prop::collection::vec(element(), 0..4),
        ) {
            let range = KeyRange::within(&encode(&parent));
            prop_assert_eq!(contains(&range, &encode(&other)), other.starts_with(&parent));
            let child: Vec<_> = parent.iter().chain(&other).cloned().collect();
            prop_assert!(contains(&range, &encode(&child)));
        }

        #[test]
        fn a_text_prefix_holds_the_texts_that_start_with_it(
            prefix in "[\0\u{1}aÿ\u{10ffff}]{0,3}",
            text in "[\0\u{1}aÿ\u{10ffff}]{0,4}",
        ) {
            let parent = Key::new().u64(1);
            let range = KeyRange::with_text_prefix(&parent, &prefix);
            let key = parent.clone().text(&text).u64(9);
            prop_assert_eq!(contains(&range, &key), text.starts_with(&prefix));
            let rest = KeyRange::within(&parent).after_text_prefix(&parent, &prefix);
            prop_assert_eq!(contains(&rest, &key), !text.starts_with(&prefix) && text > prefix);
        }
    }

    #[test]
    fn another_kind_of_element_is_refused() {
        let key = Key::new().text("a");
        assert!(KeyReader::new(&key).bytes().is_err());
        assert!(KeyReader::new(&key).u64().is_err());
        assert!(KeyReader::new(&key).timestamp().is_err());
        assert!(KeyReader::new(&key).end().is_err());
        assert!(KeyReader::new(&Key::new().i64(i64::MAX)).timestamp().is_err());
        assert!(KeyReader::new(&[TEXT, 0xff, 0]).text().is_err(), "not UTF-8");
    }
}
