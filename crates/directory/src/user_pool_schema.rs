use serde::{Deserialize, Serialize};

/// What may be known about a user, under one name.
///
/// Source: Amazon Cognito User Pools API Reference, `SchemaAttributeType`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaAttribute {
    /// The whole name: `email`, `custom:team`, `dev:custom:team`.
    pub name: String,
    /// Which values it takes.
    pub kind: AttributeKind,
    /// Whether its value can change once it is there.
    pub mutable: bool,
    /// Whether every user who signs up must have it.
    pub required: bool,
}

/// Which values an attribute takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum AttributeKind {
    /// A text of at least and at most so many characters.
    Text {
        /// At least.
        least: Option<u32>,
        /// At most.
        most: Option<u32>,
    },
    /// A whole number, at least and at most.
    Number {
        /// At least.
        least: Option<i64>,
        /// At most.
        most: Option<i64>,
    },
    /// A time.
    DateTime,
    /// `true` or `false`.
    Boolean,
}
