//! JSON as a tree, read within limits.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How deep objects and arrays may lie in each other.
pub(crate) const DEPTH_MAX: usize = 32;

/// A JSON value.
#[derive(Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    /// A number that is not a whole one of 64 bits.
    Float(f64),
    Text(String),
    Array(Vec<Value>),
    /// Members in the order sent, each name once.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// The member of that name, if this is an object that has it.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// Reads a document.
///
/// A name that occurs twice in one object is refused: who checks and who acts must never see
/// different values (RFC 8259, section 4, calls the outcome unpredictable).
pub(crate) fn parse(body: &[u8]) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Seed { depth: 0 }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads one value at a depth.
#[derive(Clone, Copy)]
struct Seed {
    depth: usize,
}

impl Seed {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            return Err(E::custom(format_args!(
                "objects and arrays lie more than {DEPTH_MAX} deep"
            )));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Integer).map_err(|_| E::custom("a number is out of range"))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = elements.next_element_seed(seed)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut names = std::collections::HashSet::new();
        let mut members = Vec::new();
        while let Some(name) = entries.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom("a name occurs twice in one object"));
            }
            members.push((name, entries.next_value_seed(seed)?));
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read() {
        let value = parse(br#" {"a": [1, -2.5, true, null, "\u00e4"], "b": {}} "#).unwrap();
        let elements = vec![
            Value::Integer(1),
            Value::Float(-2.5),
            Value::Bool(true),
            Value::Null,
            Value::Text("ä".into()),
        ];
        assert_eq!(value.member("a"), Some(&Value::Array(elements)));
        assert_eq!(value.member("b"), Some(&Value::Object(vec![])));
        assert_eq!(value.member("c"), None);
    }

    #[test]
    fn what_is_not_one_plain_document_is_refused() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(deep(DEPTH_MAX).as_bytes()).is_ok());
        let bombs = [deep(DEPTH_MAX + 1), "{\"a\":".repeat(100_000), "[".repeat(1_000_000)];
        for bomb in &bombs {
            assert!(parse(bomb.as_bytes()).is_err());
        }
        let table: &[&[u8]] = &[
            b"",
            b"{",
            b"{} {}",
            b"{\"a\": 1, \"a\": 1}",
            b"{\"a\": 1, \"\\u0061\": 2}",
            b"{\"b\": {\"a\": 1, \"a\": 1}}",
            b"\"\xff\"",
            b"\"\\ud800\"",
            b"1e400",
            b"18446744073709551615",
            b"NaN",
            b"{'a': 1}",
            b"{\"a\": 1,}",
        ];
        for body in table {
            assert!(parse(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }
}
