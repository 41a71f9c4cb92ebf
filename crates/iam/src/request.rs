use std::{borrow::Cow, collections::BTreeMap};

use types::AccountId;

use crate::Principal;

/// The value of a condition key in one request.
///
/// Source: IAM User Guide, *Single-valued vs. multivalued context keys*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// A key that has at most one value. Dates are ISO 8601 or seconds since 1970, binary values
    /// are base64.
    One(Cow<'a, str>),
    /// A key that may have several values (`aws:TagKeys`, `cognito-identity.amazonaws.com:amr`),
    /// however many it has now. It cannot be a policy variable.
    Many(Vec<Cow<'a, str>>),
}

impl Value<'_> {
    /// The values, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let values = match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        };
        values.iter().map(|value| &**value)
    }
}

/// The condition keys of one request.
pub trait Context {
    /// The value of a key, whose name is given in lower case; none if the request does not have it.
    fn get(&self, key: &str) -> Option<Value<'_>>;
}

/// A context that was written down beforehand.
#[derive(Debug, Clone, Default)]
pub struct MapContext(BTreeMap<String, Entry>);

#[derive(Debug, Clone)]
enum Entry {
    One(String),
    Many(Vec<String>),
}

impl MapContext {
    /// A context of keys with one value each. Of two names that differ in case the last counts.
    pub fn new<'a>(keys: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut context = Self::default();
        for (key, value) in keys {
            context.insert(key, value);
        }
        context
    }

    /// Sets a key that has one value.
    pub fn insert(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_ascii_lowercase(), Entry::One(value.into()));
    }

    /// Sets a key that may have several values.
    pub fn insert_many(&mut self, key: &str, values: Vec<String>) {
        self.0.insert(key.to_ascii_lowercase(), Entry::Many(values));
    }
}

impl Context for MapContext {
    fn get(&self, key: &str) -> Option<Value<'_>> {
        Some(match self.0.get(key)? {
            Entry::One(value) => Value::One(value.into()),
            Entry::Many(values) => Value::Many(values.iter().map(Cow::from).collect()),
        })
    }
}

/// What is asked.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// `service:Action`; case does not matter.
    pub action: &'a str,
    /// The ARN of the resource, or `*` for an action that has no resource type.
    pub resource: &'a str,
    /// The account that owns the resource; none if the action has no resource type.
    pub resource_account: Option<AccountId>,
    /// The condition keys.
    pub context: &'a dyn Context,
}
