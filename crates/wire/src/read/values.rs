//! How texts, numbers, moments, lists and maps are read.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::fmt::rfc2822;
use types::{SecretString, Timestamp};

use super::{Read, Reading, Source, VALUE_CHARS_MAX, Wrong};
use crate::{
    json::Value,
    query::Field,
    schema::{Schema, TimestampFormat},
};

impl<'a> Source<'a> {
    /// The text that stands there, for any value that is written as one.
    pub(crate) fn text(self, reading: &mut Reading) -> Result<&'a str, Wrong> {
        match self {
            Self::Json(Value::Text(text)) | Self::Form(Field { value: Some(text), .. }) => Ok(text),
            Self::Json(value) => Err(reading.malformed(cannot_be(value, "a String"))),
            Self::Text(text, _) => Ok(text),
            Self::Element(element) if element.children.is_empty() => Ok(&element.text),
            _ => Err(reading.malformed("Expected a text where a structure was given")),
        }
    }

    /// What the elements of a list stand in.
    fn elements(self, schema: &Schema, reading: &mut Reading) -> Result<Vec<Self>, Wrong> {
        match self {
            Self::Json(Value::Array(values)) => Ok(values.iter().map(Self::Json).collect()),
            Self::Form(field) => {
                let items =
                    if schema.flattened { Some(field) } else { field.child(schema.item_name) };
                let items = items.map(Field::numbered).unwrap_or_default();
                if items.is_empty() && !field.is_blank() {
                    let name = schema.item_name;
                    return Err(
                        reading.malformed(format!("Expected a list: {name}.1, {name}.2, …"))
                    );
                }
                Ok(items.into_iter().map(Self::Form).collect())
            }
            Self::Element(list) if list.children.iter().all(|e| e.name == schema.item_name) => {
                Ok(list.children.iter().map(Self::Element).collect())
            }
            Self::Siblings(parent, name) => {
                let same = parent.children.iter().filter(|child| child.name == name);
                Ok(same.map(Self::Element).collect())
            }
            Self::Text(text, format) => {
                let trimmed = text.split(',').map(str::trim);
                Ok(trimmed.map(|part| Self::Text(part, format)).collect())
            }
            _ => Err(reading.malformed("Expected a list where another value was given")),
        }
    }

    /// The keys and values of a map.
    fn entries(self, reading: &mut Reading) -> Result<Vec<(&'a str, Self)>, Wrong> {
        match self {
            Self::Json(Value::Object(members)) => {
                Ok(members.iter().map(|(key, value)| (key.as_str(), Self::Json(value))).collect())
            }
            Self::Form(field) => {
                let entries = field.child("entry").map(Field::numbered).unwrap_or_default();
                let pair = |entry: &'a Field| {
                    Some((entry.child("key")?.value.as_deref()?, Self::Form(entry.child("value")?)))
                };
                let pairs: Option<Vec<_>> = entries.into_iter().map(pair).collect();
                match pairs {
                    Some(pairs) if !pairs.is_empty() || field.is_blank() => Ok(pairs),
                    _ => Err(reading.malformed("Expected a map: entry.1.key, entry.1.value, …")),
                }
            }
            Self::Headers(headers, prefix) => headers
                .iter()
                .filter_map(|(name, value)| Some((name.as_str().strip_prefix(prefix)?, value)))
                .map(|(key, value)| {
                    let value = std::str::from_utf8(value.as_bytes())
                        .map_err(|_| reading.broken(None, "Member must be UTF-8"))?;
                    Ok((key, Self::Text(value, TimestampFormat::HttpDate)))
                })
                .collect(),
            _ => Err(reading.malformed("Expected a map where another value was given")),
        }
    }
}

/// That a JSON value has another type, as AWS says it.
fn cannot_be(value: &Value, wanted: &str) -> String {
    let kind = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Integer(_) => "NUMBER_VALUE",
        Value::Float(_) => "DECIMAL_VALUE",
        Value::Text(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    format!("{kind} can not be converted to {wanted}")
}

/// Says so if a length or a count is outside its bounds.
fn check_length(
    count: usize,
    value: Option<&str>,
    schema: &Schema,
    reading: &mut Reading,
) -> Result<(), Wrong> {
    let Some((least, most)) = schema.length else { return Ok(()) };
    let value = value.filter(|_| !schema.sensitive);
    let count = count as u64;
    let constraint = if count < least {
        format!("Member must have length greater than or equal to {least}")
    } else if count > most {
        format!("Member must have length less than or equal to {most}")
    } else {
        return Ok(());
    };
    Err(reading.broken(value, &constraint))
}

impl Read for String {
    fn read(
        source: Source<'_>,
        schema: &'static Schema,
        reading: &mut Reading,
    ) -> Result<Self, Wrong> {
        let text = source.text(reading)?;
        check_length(text.chars().count(), Some(text), schema, reading)?;
        Ok(text.to_owned())
    }
}

impl Read for SecretString {
    fn read(
        source: Source<'_>,
        schema: &'static Schema,
        reading: &mut Reading,
    ) -> Result<Self, Wrong> {
        let text = source.text(reading)?;
        check_length(text.chars().count(), None, schema, reading)?;
        Ok(text.into())
    }
}

impl Read for Bytes {
    fn read(
        source: Source<'_>,
        schema: &'static Schema,
        reading: &mut Reading,
    ) -> Result<Self, Wrong> {
        let bytes = STANDARD
            .decode(source.text(reading)?.trim())
            .map_err(|_| reading.malformed("A blob is not base64 with padding"))?;
        check_length(bytes.len(), None, schema, reading)?;
        Ok(bytes.into())
    }
}

impl Read for bool {
    fn read(source: Source<'_>, _: &'static Schema, reading: &mut Reading) -> Result<Self, Wrong> {
        match source {
            Source::Json(Value::Bool(value)) => Ok(*value),
            Source::Json(value) => Err(reading.malformed(cannot_be(value, "a Boolean"))),
            _ => match source.text(reading)? {
                "true" => Ok(true),
                "false" => Ok(false),
                _ => Err(reading.malformed("A boolean is neither true nor false")),
            },
        }
    }
}

impl Read for i64 {
    fn read(
        source: Source<'_>,
        schema: &'static Schema,
        reading: &mut Reading,
    ) -> Result<Self, Wrong> {
        let value = match source {
            Source::Json(Value::Integer(value)) => *value,
            Source::Json(value) => return Err(reading.malformed(cannot_be(value, "an Integer"))),
            _ => match source.text(reading)?.trim().parse() {
                Ok(value) => value,
                Err(_) => return Err(not_an_integer(reading)),
            },
        };
        let Some((least, most)) = schema.range else { return Ok(value) };
        let constraint = if value < least {
            format!("Member must have value greater than or equal to {least}")
        } else if value > most {
            format!("Member must have value less than or equal to {most}")
        } else {
            return Ok(value);
        };
        let text = value.to_string();
        Err(reading.broken((!schema.sensitive).then_some(&text), &constraint))
    }
}

impl Read for i32 {
    fn read(
        source: Source<'_>,
        schema: &'static Schema,
        reading: &mut Reading,
    ) -> Result<Self, Wrong> {
        let value = i64::read(source, schema, reading)?;
        Self::try_from(value).map_err(|_| not_an_integer(reading))
    }
}

fn not_an_integer(reading: &mut Reading) -> Wrong {
    let path = reading.path.join(".");
    reading.malformed(format!("Provided {path} not an integer or within integer range"))
}

impl Read for Timestamp {
    fn read(
        source: Source<'_>,
        schema: &'static Schema,
        reading: &mut Reading,
    ) -> Result<Self, Wrong> {
        let moment = match source {
            Source::Json(Value::Integer(seconds)) => Self::from_second(*seconds).ok(),
            #[expect(clippy::cast_possible_truncation, reason = "saturates, and is then refused")]
            Source::Json(Value::Float(seconds)) => {
                Self::from_millisecond((seconds * 1000.0).round() as i64).ok()
            }
            _ => {
                let usual = match source {
                    Source::Text(_, format) => format,
                    _ => TimestampFormat::Iso8601,
                };
                from_text(source.text(reading)?, schema.timestamp.unwrap_or(usual))
            }
        };
        let path = reading.path.join(".");
        moment.ok_or_else(|| reading.malformed(format!("Provided {path} is not a timestamp")))
    }
}

fn from_text(text: &str, format: TimestampFormat) -> Option<Timestamp> {
    match format {
        TimestampFormat::HttpDate => rfc2822::DateTimeParser::new().parse_timestamp(text).ok(),
        TimestampFormat::Iso8601 | TimestampFormat::Iso8601Milliseconds => text.parse().ok(),
        TimestampFormat::UnixSeconds => Timestamp::from_second(text.parse().ok()?).ok(),
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(
        source: Source<'_>,
        schema: &'static Schema,
        reading: &mut Reading,
    ) -> Result<Self, Wrong> {
        let elements = source.elements(schema, reading)?;
        check_length(elements.len(), None, schema, reading)?;
        let numbered = elements.into_iter().zip(1u32..);
        numbered
            .map(|(element, number)| read_item(&number.to_string(), element, schema, reading))
            .collect()
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn read(
        source: Source<'_>,
        schema: &'static Schema,
        reading: &mut Reading,
    ) -> Result<Self, Wrong> {
        let entries = source.entries(reading)?;
        check_length(entries.len(), None, schema, reading)?;
        let mut values = Self::new();
        for (key, value) in entries {
            check_length(key.chars().count(), Some(key), schema.key(), reading)?;
            let value = read_item(key, value, schema, reading)?;
            if values.insert(key.to_owned(), value).is_some() {
                return Err(reading.broken(None, "Map keys must be unique"));
            }
        }
        Ok(values)
    }
}

/// Reads an element of a list or a value of a map, which must not be null.
fn read_item<T: Read>(
    name: &str,
    source: Source<'_>,
    schema: &Schema,
    reading: &mut Reading,
) -> Result<T, Wrong> {
    let name: String = name.chars().take(VALUE_CHARS_MAX).collect();
    reading.path.push(format!("{name}.member"));
    let value = if matches!(source, Source::Json(Value::Null)) {
        Err(reading.missing())
    } else {
        T::read(source, schema.item(), reading)
    };
    reading.path.pop();
    value
}
