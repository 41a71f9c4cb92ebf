use std::collections::BTreeSet;

use crate::{
    Condition, Context, Effect, Element, Pattern, Policy, PolicyKind, Principal, PrincipalEntry,
    Request, Statement, Value,
    matcher::{Colons, Values, matches},
    operand::Operand,
    operator::{Base, Comparison, SetQualifier},
    principal::{self, Named},
    public,
};

/// A policy made ready: parsed and checked, condition keys in lower case, publicness known. Made
/// once per version of a policy and shared; deciding by it changes nothing and allocates nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledPolicy {
    policy: Policy,
    /// For each statement, the keys of its conditions in lower case.
    keys: Box<[Box<[Box<str>]>]>,
    public: bool,
    /// The condition keys that it looks at, in conditions and as variables, in lower case.
    mentioned: Box<[Box<str>]>,
}

impl Policy {
    /// Makes the policy ready for decisions.
    #[must_use]
    pub fn compile(self) -> CompiledPolicy {
        let lower = |condition: &Condition| condition.key.to_ascii_lowercase().into();
        let keys = self.statements.iter().map(|s| s.conditions.iter().map(lower).collect());
        CompiledPolicy {
            keys: keys.collect(),
            public: public::is_public(&self),
            mentioned: mentioned(&self),
            policy: self,
        }
    }
}

impl CompiledPolicy {
    /// The policy as written.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What it is attached to.
    #[must_use]
    pub fn kind(&self) -> PolicyKind {
        self.policy.kind
    }

    /// Whether it lets people in who are not named by a fixed value, as [`Policy::is_public`].
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.public
    }

    /// Whether it looks at any condition key that begins with this, which is in lower case: whoever
    /// decides by it must then know those of the request.
    #[must_use]
    pub fn mentions(&self, beginning: &str) -> bool {
        self.mentioned.iter().any(|key| key.starts_with(beginning))
    }

    /// The statements with the keys of their conditions.
    pub(crate) fn statements(&self) -> impl Iterator<Item = CompiledStatement<'_>> {
        let pairs = self.policy.statements.iter().zip(&self.keys);
        pairs.map(|(statement, keys)| CompiledStatement { statement, keys })
    }
}

/// The condition keys of a policy's conditions and variables, each once.
fn mentioned(policy: &Policy) -> Box<[Box<str>]> {
    let mut keys = BTreeSet::new();
    let variables = |pattern: &Pattern| {
        pattern.variables().map(|variable| variable.key.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    for statement in &policy.statements {
        let resources = statement.resource.iter().flat_map(|element| &element.entries);
        keys.extend(resources.flat_map(|entry| variables(&entry.value)));
        for condition in &statement.conditions {
            keys.insert(condition.key.to_ascii_lowercase());
            for value in &condition.values {
                if let Operand::Pattern(pattern) = &value.operand {
                    keys.extend(variables(pattern));
                }
            }
        }
    }
    keys.into_iter().map(String::into_boxed_str).collect()
}

#[derive(Clone, Copy)]
pub(crate) struct CompiledStatement<'p> {
    pub(crate) statement: &'p Statement,
    pub(crate) keys: &'p [Box<str>],
}

impl<'p> CompiledStatement<'p> {
    pub(crate) fn conditions(self) -> impl Iterator<Item = (&'p Condition, &'p str)> {
        self.statement.conditions.iter().zip(self.keys).map(|(condition, key)| (condition, &**key))
    }

    /// Whether the statement applies to the request, and how closely it names the principal.
    /// `bounded` says whether a permissions boundary is attached to the principal.
    pub(crate) fn applies(self, request: &Request<'_>, bounded: bool) -> Option<Named> {
        let statement = self.statement;
        let named = match &statement.principal {
            None => Named::Directly,
            Some(element) => names(element, statement.effect, request.principal, bounded)?,
        };
        let applies = action_matches(statement, request)
            && resource_matches(statement, request)
            && self.conditions().all(|(condition, key)| holds(condition, key, request.context));
        applies.then_some(named)
    }
}

/// How closely a `Principal` element names the principal. `NotPrincipal` in a `Deny` spares nobody
/// to whom a permissions boundary is attached. Source: IAM User Guide, *AWS JSON policy elements:
/// `NotPrincipal`*.
pub(crate) fn names(
    element: &Element<PrincipalEntry>,
    effect: Effect,
    principal: &Principal,
    bounded: bool,
) -> Option<Named> {
    let entries = element.entries.iter().map(|entry| &entry.name);
    if !element.negated {
        return principal::named(entries, principal);
    }
    let applies = match effect {
        Effect::Allow => principal::named(entries, principal).is_none(),
        Effect::Deny => bounded || !principal::spares(entries, principal),
    };
    applies.then_some(Named::Directly)
}

pub(crate) fn action_matches(statement: &Statement, request: &Request<'_>) -> bool {
    let action = &statement.action;
    action.negated
        != action.entries.iter().any(|entry| {
            matches(&entry.value, &Values::none(), request.action, Colons::Ordinary, true)
        })
}

fn resource_matches(statement: &Statement, request: &Request<'_>) -> bool {
    let Some(resource) = &statement.resource else { return true };
    // A variable without a value makes its entry match nothing; in a NotResource it would otherwise
    // widen the statement. Source: IAM User Guide, *IAM policy elements: Variables and tags*.
    let mut unresolved = false;
    let listed = resource.entries.iter().any(|entry| {
        let Some(values) = Values::of(&entry.value, request.context) else {
            unresolved = true;
            return false;
        };
        matches(&entry.value, &values, request.resource, Colons::Resource, false)
    });
    if resource.negated { !listed && !unresolved } else { listed }
}

/// Whether a condition holds.
///
/// Source: IAM User Guide, *IAM JSON policy elements: Condition operators*, *Set operators for
/// multivalued context keys*.
pub(crate) fn holds(condition: &Condition, key: &str, context: &dyn Context) -> bool {
    let operator = condition.operator;
    let (base, negated) = (operator.comparison.base(), operator.comparison.negated());
    let actual = context.get(key).filter(|value| value.iter().next().is_some());
    if operator.comparison == Comparison::Null {
        let absent = if actual.as_ref().is_none_or(is_null) { "true" } else { "false" };
        return condition.values.iter().any(|v| v.operand.matches(Base::Null, absent, context));
    }
    let Some(actual) = actual else {
        return operator.if_exists
            || match operator.set {
                None => negated,
                Some(SetQualifier::ForAllValues) => true,
                Some(SetQualifier::ForAnyValue) => false,
            };
    };
    let listed =
        |value: &str| condition.values.iter().any(|v| v.operand.matches(base, value, context));
    match operator.set {
        // Several values without a set qualifier: one that is listed is enough for the positive
        // form, and the negated form is its opposite.
        None => negated != actual.iter().any(listed),
        Some(SetQualifier::ForAllValues) => {
            is_null(&actual) || actual.iter().all(|value| negated != listed(value))
        }
        Some(SetQualifier::ForAnyValue) => actual.iter().any(|value| negated != listed(value)),
    }
}

/// What `ForAllValues` and `Null` take for no value at all: the empty text too. Source: IAM User
/// Guide, *Set operators for multivalued context keys*: "a null dataset, such as an empty string".
pub(crate) fn is_null(actual: &Value<'_>) -> bool {
    actual.iter().all(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_says_which_keys_it_looks_at() {
        let text = r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:UserName}"},
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals":
                {"s3:ExistingObjectTag/Team": "${aws:PrincipalTag/Team}"}}}]}"#;
        let policy = Policy::parse(text, PolicyKind::Identity).unwrap().compile();
        for key in ["aws:username", "s3:existingobjecttag/", "aws:principaltag/team"] {
            assert!(policy.mentions(key), "{key}");
        }
        for key in ["s3:requestobjecttag/", "aws:principaltag/teams", "aws:sourceip"] {
            assert!(!policy.mentions(key), "{key}");
        }
    }
}
