//! From syntax tree to text: what is printed reads back as the same policy.

use std::fmt;

use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeMap},
};

use crate::{Condition, Element, Policy, PrincipalEntry, Statement};

impl fmt::Display for Policy {
    /// The policy as compact JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Version", self.version.as_str())?;
        if let Some(id) = self.id() {
            map.serialize_entry("Id", id)?;
        }
        map.serialize_entry("Statement", &self.statements)?;
        map.end()
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(sid) = self.sid() {
            map.serialize_entry("Sid", sid)?;
        }
        map.serialize_entry("Effect", &self.effect)?;
        if let Some(principal) = &self.principal {
            let key = if principal.negated { "NotPrincipal" } else { "Principal" };
            map.serialize_entry(key, &Principals(principal))?;
        }
        let written = |element: &Element<crate::Spanned<crate::Pattern>>| {
            element.entries.iter().map(|entry| entry.value.source().to_owned()).collect::<Vec<_>>()
        };
        let key = if self.action.negated { "NotAction" } else { "Action" };
        map.serialize_entry(key, &OneOrMany(written(&self.action)))?;
        if let Some(resource) = &self.resource {
            let key = if resource.negated { "NotResource" } else { "Resource" };
            map.serialize_entry(key, &OneOrMany(written(resource)))?;
        }
        if !self.conditions.is_empty() {
            map.serialize_entry("Condition", &Conditions(&self.conditions))?;
        }
        map.end()
    }
}

/// A list of one entry is the entry.
struct OneOrMany(Vec<String>);

impl Serialize for OneOrMany {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

struct Principals<'a>(&'a Element<PrincipalEntry>);

impl Serialize for Principals<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = &self.0.entries;
        if let [PrincipalEntry { family: None, written, .. }] = entries.as_slice() {
            return written.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        for same in entries.chunk_by(|a, b| a.family == b.family) {
            let family = same.first().and_then(|entry| entry.family);
            let family = family.ok_or_else(|| S::Error::custom("\"*\" stands alone"))?;
            let written = same.iter().map(|entry| entry.written.clone()).collect();
            map.serialize_entry(family, &OneOrMany(written))?;
        }
        map.end()
    }
}

struct Conditions<'a>(&'a [Condition]);

impl Serialize for Conditions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for same in self.0.chunk_by(|a, b| a.operator == b.operator) {
            let Some(first) = same.first() else { continue };
            map.serialize_entry(&first.operator.to_string(), &Keys(same))?;
        }
        map.end()
    }
}

struct Keys<'a>(&'a [Condition]);

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = |condition: &Condition| {
            OneOrMany(condition.values.iter().map(|value| value.written.clone()).collect())
        };
        serializer.collect_map(self.0.iter().map(|condition| (&condition.key, values(condition))))
    }
}
