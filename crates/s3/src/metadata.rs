//! User metadata as headers carry it: texts that are not ASCII travel as RFC 2047 has them.
//!
//! Source: S3 User Guide, *Working with object metadata*, *User-defined object metadata*. What comes as it
//! is, without that encoding, is read as UTF-8; see `docs/differences.md`.

use std::{borrow::Cow, collections::BTreeMap};

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;

const START: &str = "=?";
const END: &str = "?=";

/// The metadata that a request brings, decoded.
pub(crate) fn decoded(metadata: Option<&BTreeMap<String, String>>) -> BTreeMap<String, String> {
    let decoded = |(name, value): (&String, &String)| (name.clone(), decode(value).into_owned());
    metadata.into_iter().flatten().map(decoded).collect()
}

/// The metadata as an answer has it.
pub(crate) fn encoded(metadata: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let encoded = |(name, value): (&String, &String)| (name.clone(), encode(value).into_owned());
    metadata.iter().map(encoded).collect()
}

/// A value that is all encoded words is what they say; every other is itself.
fn decode(value: &str) -> Cow<'_, str> {
    if !value.starts_with(START) {
        return Cow::Borrowed(value);
    }
    let words = value.split_ascii_whitespace().map(word).collect::<Option<Vec<_>>>();
    // A character may lie across two words.
    let text = words.and_then(|words| String::from_utf8(words.concat()).ok());
    text.map_or(Cow::Borrowed(value), Cow::Owned)
}

/// `=?UTF-8?B?BASE64?=` or `=?UTF-8?Q?QUOTED?=`.
fn word(word: &str) -> Option<Vec<u8>> {
    let word = word.strip_prefix(START)?.strip_suffix(END)?;
    let (charset, rest) = word.split_once('?')?;
    let (encoding, text) = rest.split_once('?')?;
    if !["utf-8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known)) {
        return None;
    }
    match encoding {
        "B" | "b" => BASE64_STANDARD.decode(text).ok(),
        "Q" | "q" => {
            // The same as percent encoding, but for its signs.
            let quoted = text.replace('%', "=25").replace('_', " ").replace('=', "%");
            Some(percent_decode_str(&quoted).collect())
        }
        _ => None,
    }
}

/// A value that is ASCII is itself.
fn encode(value: &str) -> Cow<'_, str> {
    if value.is_ascii() {
        return Cow::Borrowed(value);
    }
    Cow::Owned(format!("{START}UTF-8?B?{}{END}", BASE64_STANDARD.encode(value)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn encoded_words_are_read_and_other_texts_are_themselves() {
        for (sent, kept) in [
            ("plain", "plain"),
            ("", ""),
            ("Grün", "Grün"),
            ("=?UTF-8?B?R3LDvG4=?=", "Grün"),
            ("=?utf-8?q?Gr=C3=BCn_100%?=", "Grün 100%"),
            ("=?UTF-8?Q?a?= =?UTF-8?Q?b?=", "ab"),
            ("=?UTF-8?B?R3LD?= =?UTF-8?B?vG4=?=", "Grün"),
            // Not what they look like.
            ("=?UTF-8?B?no base64?=", "=?UTF-8?B?no base64?="),
            ("=?ISO-8859-1?Q?Gr=FCn?=", "=?ISO-8859-1?Q?Gr=FCn?="),
            ("=?UTF-8?B?/w==?=", "=?UTF-8?B?/w==?="),
            ("=?UTF-8?X?a?=", "=?UTF-8?X?a?="),
            ("=?", "=?"),
            ("=?UTF-8?Q?a?= b", "=?UTF-8?Q?a?= b"),
        ] {
            assert_eq!(decode(sent), kept, "{sent}");
        }
        assert_eq!(encode("plain"), "plain");
        assert_eq!(encode("Grün"), "=?UTF-8?B?R3LDvG4=?=");
    }

    proptest! {
        #[test]
        fn every_text_comes_back(value in "\\PC{0,40}") {
            let back = decode(&encode(&value)).into_owned();
            // Unless it is itself an encoded word.
            prop_assume!(!value.starts_with(START));
            prop_assert_eq!(back, value);
        }
    }
}
