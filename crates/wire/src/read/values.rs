//! How texts, numbers, moments, lists and maps are read.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::fmt::rfc2822;
use types::{SecretString, Timestamp};

use super::{Read, Reading, Source};
use crate::{
    json::Value,
    schema::{Schema, TimestampFormat},
};

impl<'a> Source<'a> {
    /// The text that stands there, for any value that is written as one.
    pub(crate) fn text(self, reading: &mut Reading) -> Option<&'a str> {
        match self {
            Self::Json(Value::Text(text)) => Some(text),
            Self::Form(field) if field.value.is_some() => field.value.as_deref(),
            Self::Element(element) if element.children.is_empty() => Some(&element.text),
            Self::Text(text, _) => Some(text),
            Self::Json(value) => {
                reading.malformed(format!("{} can not be converted to a String", kind(value)));
                None
            }
            _ => {
                reading.malformed("Expected a text where a structure was given");
                None
            }
        }
    }

    /// What the elements of a list stand in.
    fn elements(self, schema: &Schema, reading: &mut Reading) -> Option<Vec<Self>> {
        match self {
            Self::Json(Value::Array(values)) => Some(values.iter().map(Self::Json).collect()),
            Self::Form(field) => {
                let numbered = if schema.flattened {
                    field.numbered()
                } else {
                    field.child(schema.item_name).map(|items| items.numbered()).unwrap_or_default()
                };
                if numbered.is_empty() && !field.is_blank() {
                    reading.malformed("Expected a list: NAME.member.1, NAME.member.2, …");
                    return None;
                }
                Some(numbered.into_iter().map(Self::Form).collect())
            }
            Self::Element(list) if list.children.iter().all(|e| e.name == schema.item_name) => {
                Some(list.children.iter().map(Self::Element).collect())
            }
            Self::Siblings(parent, name) => {
                let same = parent.children.iter().filter(|child| child.name == name);
                Some(same.map(Self::Element).collect())
            }
            Self::Text(text, format) => {
                let trimmed = text.split(',').map(str::trim);
                Some(trimmed.map(|part| Self::Text(part, format)).collect())
            }
            _ => {
                reading.malformed("Expected a list where a value of another type was given");
                None
            }
        }
    }

    /// The keys and values of a map.
    fn entries(self, reading: &mut Reading) -> Option<Vec<(&'a str, Self)>> {
        match self {
            Self::Json(Value::Object(members)) => {
                Some(members.iter().map(|(key, value)| (key.as_str(), Self::Json(value))).collect())
            }
            Self::Form(field) => {
                let entries = field.child("entry").map(|e| e.numbered()).unwrap_or_default();
                if entries.is_empty() && !field.is_blank() {
                    reading.malformed("Expected a map: NAME.entry.1.key, NAME.entry.1.value, …");
                    return None;
                }
                let pair = |entry: &'a crate::query::Field| {
                    Some((entry.child("key")?.value.as_deref()?, Self::Form(entry.child("value")?)))
                };
                let pairs: Option<Vec<_>> = entries.into_iter().map(pair).collect();
                if pairs.is_none() {
                    reading.malformed("An entry of a map lacks its key or its value");
                }
                pairs
            }
            Self::Headers(headers, prefix) => {
                let named = |(name, value): (&'a http::HeaderName, &'a http::HeaderValue)| {
                    let key = name.as_str().strip_prefix(prefix)?;
                    Some((key, std::str::from_utf8(value.as_bytes()).ok()))
                };
                let mut pairs = Vec::new();
                for (key, value) in headers.iter().filter_map(named) {
                    let Some(value) = value else {
                        reading.broken(None, "Member must be UTF-8");
                        return None;
                    };
                    pairs.push((key, Self::Text(value, TimestampFormat::HttpDate)));
                }
                Some(pairs)
            }
            _ => {
                reading.malformed("Expected a map where a value of another type was given");
                None
            }
        }
    }
}

/// What AWS calls a JSON value of that type in its messages.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Integer(_) => "NUMBER_VALUE",
        Value::Float(_) => "DECIMAL_VALUE",
        Value::Text(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    }
}

/// Says so if a length or a count is outside its bounds.
fn check_length(count: usize, value: Option<&str>, schema: &Schema, reading: &mut Reading) {
    let Some((least, most)) = schema.length else { return };
    let value = value.filter(|_| !schema.sensitive);
    let count = count as u64;
    if count < least {
        let constraint = format!("Member must have length greater than or equal to {least}");
        reading.broken(value, &constraint);
    } else if count > most {
        let constraint = format!("Member must have length less than or equal to {most}");
        reading.broken(value, &constraint);
    }
}

impl Read for String {
    fn read(source: Source<'_>, schema: &'static Schema, reading: &mut Reading) -> Option<Self> {
        let text = source.text(reading)?;
        check_length(text.chars().count(), Some(text), schema, reading);
        Some(text.to_owned())
    }
}

impl Read for SecretString {
    fn read(source: Source<'_>, schema: &'static Schema, reading: &mut Reading) -> Option<Self> {
        let text = source.text(reading)?;
        check_length(text.chars().count(), None, schema, reading);
        Some(text.into())
    }
}

impl Read for Bytes {
    fn read(source: Source<'_>, schema: &'static Schema, reading: &mut Reading) -> Option<Self> {
        let Ok(bytes) = STANDARD.decode(source.text(reading)?.trim()) else {
            reading.malformed("A blob is not base64 with padding");
            return None;
        };
        check_length(bytes.len(), None, schema, reading);
        Some(bytes.into())
    }
}

impl Read for bool {
    fn read(source: Source<'_>, _: &'static Schema, reading: &mut Reading) -> Option<Self> {
        match source {
            Source::Json(Value::Bool(value)) => Some(*value),
            Source::Json(value) => {
                reading.malformed(format!("{} can not be converted to a Boolean", kind(value)));
                None
            }
            _ => match source.text(reading)? {
                "true" => Some(true),
                "false" => Some(false),
                _ => {
                    reading.malformed("A boolean is neither true nor false");
                    None
                }
            },
        }
    }
}

impl Read for i64 {
    fn read(source: Source<'_>, schema: &'static Schema, reading: &mut Reading) -> Option<Self> {
        let value = match source {
            Source::Json(Value::Integer(value)) => *value,
            Source::Json(value) => {
                reading.malformed(format!("{} can not be converted to an Integer", kind(value)));
                return None;
            }
            _ => {
                let Ok(value) = source.text(reading)?.trim().parse() else {
                    let path = reading.path.join(".");
                    reading.malformed(format!(
                        "Provided {path} not an integer or within integer range"
                    ));
                    return None;
                };
                value
            }
        };
        if let Some((least, most)) = schema.range {
            let text = value.to_string();
            let text = (!schema.sensitive).then_some(text.as_str());
            if value < least {
                let bound = format!("Member must have value greater than or equal to {least}");
                reading.broken(text, &bound);
            } else if value > most {
                let bound = format!("Member must have value less than or equal to {most}");
                reading.broken(text, &bound);
            }
        }
        Some(value)
    }
}

impl Read for i32 {
    fn read(source: Source<'_>, schema: &'static Schema, reading: &mut Reading) -> Option<Self> {
        let value = i64::read(source, schema, reading)?;
        let narrow = Self::try_from(value).ok();
        if narrow.is_none() {
            let path = reading.path.join(".");
            reading.malformed(format!("Provided {path} not an integer or within integer range"));
        }
        narrow
    }
}

impl Read for Timestamp {
    fn read(source: Source<'_>, schema: &'static Schema, reading: &mut Reading) -> Option<Self> {
        let moment = match source {
            Source::Json(Value::Integer(seconds)) => Self::from_second(*seconds).ok(),
            #[expect(clippy::cast_possible_truncation, reason = "saturates, and is then refused")]
            Source::Json(Value::Float(seconds)) => {
                Self::from_millisecond((seconds * 1000.0).round() as i64).ok()
            }
            _ => {
                let text = source.text(reading)?;
                let usual = match source {
                    Source::Text(_, format) => format,
                    _ => TimestampFormat::Iso8601,
                };
                match schema.timestamp.unwrap_or(usual) {
                    TimestampFormat::HttpDate => {
                        rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
                    }
                    TimestampFormat::Iso8601 | TimestampFormat::Iso8601Milliseconds => {
                        text.parse().ok()
                    }
                    TimestampFormat::UnixSeconds => {
                        text.parse().ok().and_then(|seconds| Self::from_second(seconds).ok())
                    }
                }
            }
        };
        if moment.is_none() {
            let path = reading.path.join(".");
            reading.malformed(format!("Provided {path} is not a timestamp"));
        }
        moment
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(source: Source<'_>, schema: &'static Schema, reading: &mut Reading) -> Option<Self> {
        let elements = source.elements(schema, reading)?;
        check_length(elements.len(), None, schema, reading);
        let mut values = Self::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            let name = format!("{}.member", index + 1);
            values.push(read_item(name, element, schema, reading)?);
        }
        Some(values)
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn read(source: Source<'_>, schema: &'static Schema, reading: &mut Reading) -> Option<Self> {
        let entries = source.entries(reading)?;
        check_length(entries.len(), None, schema, reading);
        let mut values = Self::new();
        for (key, value) in entries {
            check_length(key.chars().count(), Some(key), schema.key(), reading);
            let shown: String = key.chars().take(super::VALUE_CHARS_MAX).collect();
            let value = read_item(format!("{shown}.member"), value, schema, reading)?;
            if values.insert(key.to_owned(), value).is_some() {
                reading.broken(None, "Map keys must be unique");
            }
        }
        Some(values)
    }
}

/// Reads an element of a list or a value of a map, which must not be null.
fn read_item<T: Read>(
    name: String,
    source: Source<'_>,
    schema: &Schema,
    reading: &mut Reading,
) -> Option<T> {
    reading.path.push(name);
    let value = if matches!(source, Source::Json(Value::Null)) {
        reading.missing();
        None
    } else {
        T::read(source, schema.item(), reading)
    };
    reading.path.pop();
    value
}
