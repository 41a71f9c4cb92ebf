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
            Self::Headers(values) => {
                let text = |value: &'a String| Self::Text(value, TimestampFormat::HttpDate);
                Ok(values.iter().map(|(key, value)| (key.as_str(), text(value))).collect())
            }
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
        let value = integer(source, reading)?;
        check_range(value, schema, reading)?;
        Ok(value)
    }
}

impl Read for i32 {
    fn read(
        source: Source<'_>,
        schema: &'static Schema,
        reading: &mut Reading,
    ) -> Result<Self, Wrong> {
        let value = integer(source, reading)?;
        let narrow = Self::try_from(value).map_err(|_| not_an_integer(reading))?;
        check_range(value, schema, reading)?;
        Ok(narrow)
    }
}

fn integer(source: Source<'_>, reading: &mut Reading) -> Result<i64, Wrong> {
    match source {
        Source::Json(Value::Integer(value)) => Ok(*value),
        Source::Json(value) => Err(reading.malformed(cannot_be(value, "an Integer"))),
        _ => source.text(reading)?.trim().parse().map_err(|_| not_an_integer(reading)),
    }
}

/// Says so if a number is outside its bounds.
fn check_range(value: i64, schema: &Schema, reading: &mut Reading) -> Result<(), Wrong> {
    let Some((least, most)) = schema.range else { return Ok(()) };
    let constraint = if value < least {
        format!("Member must have value greater than or equal to {least}")
    } else if value > most {
        format!("Member must have value less than or equal to {most}")
    } else {
        return Ok(());
    };
    let text = value.to_string();
    Err(reading.broken((!schema.sensitive).then_some(&text), &constraint))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json, xml};

    type Map = BTreeMap<String, i32>;

    fn read<T: Read>(source: Source<'_>, schema: &'static Schema) -> Result<T, String> {
        let mut reading = Reading::default();
        T::read(source, schema, &mut reading).map_err(|Wrong| {
            reading.malformed.clone().unwrap_or_else(|| reading.violations_message())
        })
    }

    fn form(text: &str) -> Field {
        Field::tree(crate::decode_form(text).unwrap()).unwrap()
    }

    #[test]
    fn a_secret_is_read_whole_and_a_blob_from_base64() {
        let value = json::parse(b"\"hunter2\"").unwrap();
        let secret: SecretString = read(Source::Json(&value), &Schema::PLAIN).unwrap();
        assert_eq!(secret.expose(), "hunter2");
        let blob =
            |text| read::<Bytes>(Source::Text(text, TimestampFormat::Iso8601), &Schema::PLAIN);
        assert_eq!(blob("aGVsbG8=").unwrap(), "hello");
        assert!(blob("aGVsbG8").is_err() && blob("!").is_err());
    }

    #[test]
    fn forms_have_lists_and_maps() {
        static FLAT: Schema = Schema { flattened: true, ..Schema::PLAIN };
        let field = form("member.2=b&member.1=a");
        let list: Vec<String> = read(Source::Form(&field), &Schema::PLAIN).unwrap();
        assert_eq!(list, ["a", "b"]);
        let field = form("2=b&1=a");
        let list: Vec<String> = read(Source::Form(&field), &FLAT).unwrap();
        assert_eq!(list, ["a", "b"]);

        let field = form("entry.1.key=a&entry.1.value=1&entry.2.key=b&entry.2.value=2");
        let map: Map = read(Source::Form(&field), &Schema::PLAIN).unwrap();
        assert_eq!(map, [("a".to_owned(), 1), ("b".to_owned(), 2)].into());
        for wrong in [
            "entry.1.key=a",
            "entry.1.value=1",
            "a=1",
            "entry.1.key=a&entry.1.value=1&entry.2.key=a&entry.2.value=2",
        ] {
            assert!(read::<Map>(Source::Form(&form(wrong)), &Schema::PLAIN).is_err(), "{wrong}");
        }
        let message = read::<Map>(
            Source::Form(&form("entry.1.key=a&entry.1.value=1&entry.2.key=a&entry.2.value=2")),
            &Schema::PLAIN,
        );
        assert!(message.unwrap_err().contains("Map keys must be unique"));
    }

    #[test]
    fn xml_lists_are_wrapped_or_flattened() {
        static TAGS: Schema = Schema { item_name: "Tag", ..Schema::PLAIN };
        let parent = xml::parse(b"<a><Tag>1</Tag><other/><Tag>2</Tag></a>").unwrap();
        let flat: Vec<i64> = read(Source::Siblings(&parent, "Tag"), &TAGS).unwrap();
        assert_eq!(flat, [1, 2]);
        assert!(read::<Vec<String>>(Source::Element(&parent), &TAGS).is_err());
        let wrapped = xml::parse(b"<a><Tag>1</Tag><Tag>2</Tag></a>").unwrap();
        let list: Vec<i32> = read(Source::Element(&wrapped), &TAGS).unwrap();
        assert_eq!(list, [1, 2]);
    }

    #[test]
    fn moments_are_read_as_their_place_writes_them() {
        let moment: Timestamp = "2026-02-03T04:05:06Z".parse().unwrap();
        let text =
            |text, format| read::<Timestamp>(Source::Text(text, format), &Schema::PLAIN).ok();
        let date = "Tue, 03 Feb 2026 04:05:06 GMT";
        assert_eq!(text(date, TimestampFormat::HttpDate), Some(moment));
        assert_eq!(text("2026-02-03T05:05:06+01:00", TimestampFormat::Iso8601), Some(moment));
        assert_eq!(text("1770091506", TimestampFormat::UnixSeconds), Some(moment));
        assert_eq!(text(date, TimestampFormat::Iso8601), None);
        assert_eq!(text("2026-02-30T00:00:00Z", TimestampFormat::Iso8601), None);
        for (number, expected) in
            [("1770091506", Some(moment)), ("1770091506.0", Some(moment)), ("1e300", None)]
        {
            let value = json::parse(number.as_bytes()).unwrap();
            let read = read::<Timestamp>(Source::Json(&value), &Schema::PLAIN).ok();
            assert_eq!(read, expected, "{number}");
        }
    }
}
