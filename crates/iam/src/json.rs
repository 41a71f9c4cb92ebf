//! A reader for JSON (RFC 8259) that remembers where every value and every key stands.
//!
//! Stricter than a reader of data has to be: a key given twice is an error, because two readers
//! that choose differently between them would see two different policies.

use crate::{PolicyError, PolicyErrorKind, Span, Spanned};

/// How deeply arrays and objects may lie in each other. A policy needs six, a case eight.
const DEPTH_MAX: usize = 16;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// As written.
    Number(String),
    String(String),
    Array(Vec<Spanned<Json>>),
    Object(Vec<Member>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) key: Spanned<String>,
    pub(crate) value: Spanned<Json>,
}

impl Json {
    /// What it is, for a message.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// Reads one JSON value that fills the whole text.
pub(crate) fn read(text: &str, bytes_max: usize) -> Result<Spanned<Json>, PolicyError> {
    let mut reader = Reader { text, at: 0, line: 1, column: 1 };
    if text.len() > bytes_max {
        return Err(PolicyError::new(
            PolicyErrorKind::TooLarge,
            reader.here(),
            format!("the text has {} bytes, at most {bytes_max} are read", text.len()),
        ));
    }
    reader.skip_whitespace();
    let value = reader.value(0)?;
    reader.skip_whitespace();
    match reader.peek() {
        None => Ok(value),
        Some(found) => Err(reader.error(format!("{found:?} after the end of the JSON value"))),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    column: u32,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        if next == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(next)
    }

    /// The place of the next character, as a span of no length.
    fn here(&self) -> Span {
        let at = u32::try_from(self.at).unwrap_or(u32::MAX);
        Span { start: at, end: at, line: self.line, column: self.column }
    }

    fn since(&self, start: Span) -> Span {
        Span { end: self.here().start, ..start }
    }

    fn error(&self, message: impl Into<String>) -> PolicyError {
        PolicyError::new(PolicyErrorKind::Json, self.here(), message)
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
    }

    fn expect(&mut self, wanted: char, place: &str) -> Result<(), PolicyError> {
        match self.peek() {
            Some(found) if found == wanted => {
                self.next();
                Ok(())
            }
            Some(found) => Err(self.error(format!("expected {wanted:?} {place}, found {found:?}"))),
            None => Err(self.error(format!("expected {wanted:?} {place}, the text ends here"))),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Spanned<Json>, PolicyError> {
        if depth > DEPTH_MAX {
            return Err(self.error(format!("more than {DEPTH_MAX} arrays and objects deep")));
        }
        let start = self.here();
        let value = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.array(depth)?,
            Some('"') => Json::String(self.string()?),
            Some('-' | '0'..='9') => Json::Number(self.number()?),
            Some('a'..='z') => self.word()?,
            Some(found) => return Err(self.error(format!("expected a value, found {found:?}"))),
            None => return Err(self.error("expected a value, the text ends here")),
        };
        Ok(Spanned::new(value, self.since(start)))
    }

    fn word(&mut self) -> Result<Json, PolicyError> {
        for (word, value) in
            [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))]
        {
            if self.rest().starts_with(word) {
                for _ in word.chars() {
                    self.next();
                }
                return Ok(value);
            }
        }
        Err(self.error("expected a value; words are only null, true and false"))
    }

    fn object(&mut self, depth: usize) -> Result<Json, PolicyError> {
        self.next();
        let mut members: Vec<Member> = Vec::new();
        self.skip_whitespace();
        if self.peek() == Some('}') {
            self.next();
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_whitespace();
            let start = self.here();
            if self.peek() != Some('"') {
                return Err(self.error("expected a key in double quotes"));
            }
            let key = Spanned::new(self.string()?, self.since(start));
            if members.iter().any(|member| member.key.value == key.value) {
                return Err(PolicyError::new(
                    PolicyErrorKind::DuplicateKey,
                    key.span,
                    format!("{:?} stands twice in one object", key.value),
                ));
            }
            self.skip_whitespace();
            self.expect(':', "after the key")?;
            self.skip_whitespace();
            let value = self.value(depth + 1)?;
            members.push(Member { key, value });
            self.skip_whitespace();
            if self.peek() == Some(',') {
                self.next();
            } else {
                self.expect('}', "or ',' after a member")?;
                return Ok(Json::Object(members));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, PolicyError> {
        self.next();
        let mut values = Vec::new();
        self.skip_whitespace();
        if self.peek() == Some(']') {
            self.next();
            return Ok(Json::Array(values));
        }
        loop {
            self.skip_whitespace();
            values.push(self.value(depth + 1)?);
            self.skip_whitespace();
            if self.peek() == Some(',') {
                self.next();
            } else {
                self.expect(']', "or ',' after a value")?;
                return Ok(Json::Array(values));
            }
        }
    }

    fn number(&mut self) -> Result<String, PolicyError> {
        let start = self.at;
        if self.peek() == Some('-') {
            self.next();
        }
        let leading_zero = self.peek() == Some('0');
        if self.digits()? > 1 && leading_zero {
            return Err(self.error("a number does not begin with a zero"));
        }
        if self.peek() == Some('.') {
            self.next();
            self.digits()?;
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.next();
            if matches!(self.peek(), Some('+' | '-')) {
                self.next();
            }
            self.digits()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default().to_owned())
    }

    fn digits(&mut self) -> Result<usize, PolicyError> {
        let mut count = 0;
        while matches!(self.peek(), Some('0'..='9')) {
            self.next();
            count += 1;
        }
        if count == 0 {
            return Err(self.error("expected a digit"));
        }
        Ok(count)
    }

    fn string(&mut self) -> Result<String, PolicyError> {
        self.next();
        let mut value = String::new();
        loop {
            match self.peek() {
                None => return Err(self.error("the string is not closed")),
                Some('"') => {
                    self.next();
                    return Ok(value);
                }
                Some('\\') => value.push(self.escape()?),
                Some(control) if control < ' ' => {
                    return Err(self.error("a control character in a string must be escaped"));
                }
                Some(other) => {
                    value.push(other);
                    self.next();
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, PolicyError> {
        self.next();
        let escaped = match self.peek() {
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                self.next();
                return self.unicode_escape();
            }
            _ => {
                return Err(self.error("unknown escape; use \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u"));
            }
        };
        self.next();
        Ok(escaped)
    }

    /// Behind `\u`: four hexadecimal digits, or two such escapes that are a surrogate pair.
    fn unicode_escape(&mut self) -> Result<char, PolicyError> {
        let first = self.four_digits()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            if !self.rest().starts_with("\\u") {
                return Err(self.error("half of a surrogate pair"));
            }
            self.next();
            self.next();
            let second = self.four_digits()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.error("half of a surrogate pair"));
            }
            0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.error("half of a surrogate pair"))
    }

    fn four_digits(&mut self) -> Result<u32, PolicyError> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|digit| digit.to_digit(16)) else {
                return Err(self.error("expected four hexadecimal digits after \\u"));
            };
            code = code * 16 + digit;
            self.next();
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(text: &str) -> (PolicyErrorKind, u32, u32) {
        let error = read(text, 1000).unwrap_err();
        (error.kind, error.line, error.column)
    }

    fn plain(json: &Json) -> serde_json::Value {
        match json {
            Json::Null => serde_json::Value::Null,
            Json::Bool(value) => (*value).into(),
            Json::Number(text) => serde_json::from_str(text).unwrap(),
            Json::String(text) => text.clone().into(),
            Json::Array(values) => values.iter().map(|v| plain(&v.value)).collect(),
            Json::Object(members) => {
                members.iter().map(|m| (m.key.value.clone(), plain(&m.value.value))).collect()
            }
        }
    }

    #[test]
    fn every_value_knows_its_place() {
        let text = "{\n  \"é\": [1, \"x\"]\n}";
        let read = read(text, 1000).unwrap();
        let Json::Object(members) = &read.value else { panic!("an object") };
        assert_eq!((members[0].key.span.line, members[0].key.span.column), (2, 3));
        let Json::Array(values) = &members[0].value.value else { panic!("an array") };
        assert_eq!((values[1].span.line, values[1].span.column), (2, 12));
        let (start, end) = (values[1].span.start as usize, values[1].span.end as usize);
        assert_eq!(text.get(start..end), Some("\"x\""));
    }

    #[test]
    fn errors_point_at_the_character() {
        for (text, line, column) in [
            ("", 1, 1),
            ("{", 1, 2),
            ("{\n\"a\" 1}", 2, 5),
            ("[1,]", 1, 4),
            ("[01]", 1, 4),
            ("[1.]", 1, 4),
            ("nul", 1, 1),
            ("\"a", 1, 3),
            ("\"\\x\"", 1, 3),
            ("\"\\ud800\"", 1, 8),
            ("\"\n\"", 1, 2),
            ("{} {}", 1, 4),
            ("{\"a\":1,}", 1, 8),
            ("+1", 1, 1),
        ] {
            assert_eq!(place(text), (PolicyErrorKind::Json, line, column), "{text}");
        }
        assert_eq!(place("{\"a\":1,\n\"\\u0061\":2}"), (PolicyErrorKind::DuplicateKey, 2, 1));
    }

    #[test]
    fn depth_and_size_are_bounded() {
        assert!(read(&format!("{}{}", "[".repeat(17), "]".repeat(17)), 1000).is_ok());
        assert!(read(&format!("{}{}", "[".repeat(18), "]".repeat(18)), 1000).is_err());
        assert!(read(&"[".repeat(1_000_000), usize::MAX).is_err());
        assert_eq!(read("[1]", 2).unwrap_err().kind, PolicyErrorKind::TooLarge);
    }

    #[test]
    fn escapes_are_read() {
        let read = read(r#""\u00e9\ud83d\ude00\/\n\"""#, 100).unwrap();
        assert_eq!(read.value, Json::String("é😀/\n\"".to_owned()));
    }

    proptest! {
        #[test]
        fn reads_what_another_reader_reads(text in r#"[\[\]{}",:0-9a-e.\\nutrlsf -]{0,24}"#) {
            let ours = read(&text, 1000);
            if let Ok(ours) = &ours {
                prop_assert_eq!(plain(&ours.value), serde_json::from_str::<serde_json::Value>(&text).unwrap());
            } else if ours.is_err_and(|error| error.kind != PolicyErrorKind::DuplicateKey) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_err());
            }
        }
    }
}
