//! What JSON writes otherwise than YAML: a character beyond the basic plane, as two escapes.
//!
//! RFC 8259 section 7: `"\ud83e\udde5"` is one character; YAML writes it `"\U0001F9E5"`.

use std::{borrow::Cow, fmt::Write};

use serde::de::IgnoredAny;

/// A text as the YAML parser takes it, and where it became shorter by that.
pub(crate) struct Readable<'t> {
    pub(crate) text: Cow<'t, str>,
    /// Line, counted from 1, and column, counted from 0, behind each pair written as one escape.
    shortened: Vec<(usize, usize)>,
}

/// By how many characters an escape of YAML is shorter than a pair of JSON's.
const SHORTER: usize = "\\ud83e\\udde5".len() - "\\U0001F9E5".len();

impl<'t> Readable<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let has_escapes = text.contains("\\ud") || text.contains("\\uD");
        if !has_escapes || serde_json::from_str::<IgnoredAny>(text).is_err() {
            return Self { text: Cow::Borrowed(text), shortened: Vec::new() };
        }
        let mut readable = String::with_capacity(text.len());
        let mut shortened = Vec::new();
        let (mut line, mut column) = (1, 0);
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            // A JSON text has backslashes only in texts, each with what it escapes.
            let taken = if let Some((taken, c)) = pair(rest) {
                column += taken - SHORTER;
                shortened.push((line, column));
                // Writing to a String cannot fail.
                let _ = write!(readable, "\\U{:08X}", u32::from(c));
                taken
            } else {
                let taken = if c == '\\' { 2 } else { c.len_utf8() };
                readable.push_str(rest.get(..taken).unwrap_or(rest));
                (line, column) = match c {
                    '\n' => (line + 1, 0),
                    '\\' => (line, column + 2),
                    _ => (line, column + 1),
                };
                taken
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        Self { text: Cow::Owned(readable), shortened }
    }

    /// The column, counted from 0, that a place has in the text as it was written.
    pub(crate) fn column(&self, line: usize, column: usize) -> usize {
        let before = self.shortened.iter().filter(|(at, behind)| *at == line && *behind <= column);
        column + SHORTER * before.count()
    }
}

/// The character that a text begins with as a pair of escapes, and their length.
fn pair(text: &str) -> Option<(usize, char)> {
    let high = escape(text)?;
    let low = escape(text.get(6..)?)?;
    let c = char::decode_utf16([high, low]).next()?.ok()?;
    (c.len_utf16() == 2).then_some((12, c))
}

/// The code unit that a text begins with as an escape.
fn escape(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let all = digits.chars().all(|c| c.is_ascii_hexdigit());
    if all { u16::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_become_one_escape_and_columns_stay() {
        let text = "{\n\"a\": \"\\ud83e\\udde5\\uD83E\\uDDE5x\\\\ud83e\"}";
        let readable = Readable::of(text);
        assert_eq!(readable.text, "{\n\"a\": \"\\U0001F9E5\\U0001F9E5x\\\\ud83e\"}");
        let place = |text: &str| text.lines().nth(1).unwrap().find('x').unwrap();
        assert_eq!(readable.column(2, place(&readable.text)), place(text));
        assert_eq!(readable.column(2, 3), 3);
        assert_eq!(readable.column(1, 100), 100);
    }

    #[test]
    fn what_is_not_json_stays() {
        let text = "a: '\\ud83e\\udde5'";
        assert_eq!(Readable::of(text).text, text);
    }
}
