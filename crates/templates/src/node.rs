use serde::{Deserialize, Serialize};

use crate::{Problem, Span, read};

/// A value of a template and where it stands.
///
/// A short form (`!Ref coats`) is read as the long form it stands for (`{"Ref": "coats"}`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// The kinds of value. There is none for `null`, which templates must not contain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// `true` or `false`, and in YAML also `yes`, `no`, `on` and `off`.
    Bool(bool),
    /// A number; how it was written (`1.10`) is not kept, as at AWS.
    Number(serde_json::Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the template's order; no key stands twice.
    Map(Vec<(Key, Node)>),
}

/// The key of a map, or another name that a template gives or uses, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl Node {
    /// The tree of a text in YAML or JSON, with short forms as the long ones, and not checked to be
    /// a template.
    ///
    /// # Errors
    ///
    /// It is not well-formed, or has in it what templates must not have.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        read::read(text)
    }

    /// A value that stands at a place.
    #[must_use]
    pub fn new(value: Value, span: Span) -> Self {
        Self { span, value }
    }

    /// A text that stands at a place.
    #[must_use]
    pub fn text(text: impl Into<String>, span: Span) -> Self {
        Self::new(Value::Text(text.into()), span)
    }

    /// The text, if it is one; a number is none.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The entries, if it is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&[(Key, Self)]> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// What stands under a key, if it is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.iter().find(|(found, _)| found.text == key).map(|(_, node)| node)
    }

    /// The text of a scalar: CloudFormation takes numbers and Booleans where a text is asked for.
    #[must_use]
    pub fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The same as JSON, without the places.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.value.to_json()
    }
}

impl Value {
    /// What kind of value it is, for messages: `a text`, `a map` …
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a Boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    /// The same as JSON, without the places.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => number.clone().into(),
            Self::Text(text) => text.clone().into(),
            Self::List(list) => list.iter().map(Node::to_json).collect(),
            Self::Map(map) => {
                map.iter().map(|(key, node)| (key.text.clone(), node.to_json())).collect()
            }
        }
    }

    /// The value of a JSON text, with every place at the beginning; none for `null` or what
    /// contains it.
    #[must_use]
    pub fn from_json(json: serde_json::Value) -> Option<Self> {
        let node = |json| Some(Node::new(Self::from_json(json)?, Span::default()));
        Some(match json {
            serde_json::Value::Null => return None,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(number),
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(list) => {
                Self::List(list.into_iter().map(node).collect::<Option<_>>()?)
            }
            serde_json::Value::Object(map) => Self::Map(
                map.into_iter()
                    .map(|(key, json)| Some((Key::new(key, Span::default()), node(json)?)))
                    .collect::<Option<_>>()?,
            ),
        })
    }
}

impl Key {
    /// A name that stands at a place.
    #[must_use]
    pub fn new(text: impl Into<String>, span: Span) -> Self {
        Self { text: text.into(), span }
    }
}
