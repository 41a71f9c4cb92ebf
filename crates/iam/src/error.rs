use crate::Span;

/// Why a text is not a policy, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct PolicyError {
    /// What kind of mistake it is.
    pub kind: PolicyErrorKind,
    /// What is wrong, with the value, and what to write instead.
    pub message: String,
    /// Line of the mistake, counted from 1.
    pub line: u32,
    /// Column of the mistake in characters, counted from 1.
    pub column: u32,
}

/// The kinds of mistake in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyErrorKind {
    /// Not JSON (RFC 8259), or nested too deeply.
    Json,
    /// More bytes than are read at all.
    TooLarge,
    /// A key stands twice in one object.
    DuplicateKey,
    /// A `Version` other than `2012-10-17` and `2008-10-17`.
    Version,
    /// An element that the grammar does not know, at this place or at all.
    UnknownElement,
    /// A required element is missing.
    MissingElement,
    /// An element that this kind of policy must not have, or two that exclude each other.
    ProhibitedElement,
    /// A value of the wrong JSON type.
    WrongType,
    /// A `Sid` with a character that is not allowed, or one used twice.
    Sid,
    /// An `Effect` other than `Allow` and `Deny`.
    Effect,
    /// Not the name of a principal.
    Principal,
    /// Not `*` and not `service:action`.
    Action,
    /// Not `*` and not an ARN.
    Resource,
    /// A condition operator that does not exist.
    UnknownOperator,
    /// Not the name of a condition key.
    ConditionKey,
    /// A value that its condition operator cannot compare.
    ConditionValue,
    /// A policy variable that is not closed or has no name.
    Variable,
}

impl PolicyError {
    pub(crate) fn new(kind: PolicyErrorKind, at: Span, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), line: at.line, column: at.column }
    }
}
