//! An explanation as text for a terminal.

use std::fmt;

use crate::{
    Decision, Effect, ExplainedPolicy, ExplainedStatement, Explanation, Failed, PolicyKind,
    StatementNumber, Tried,
};

impl fmt::Display for Explanation {
    /// The decision first, then each policy with its statements, those that do not apply with the
    /// values compared. Statements and policies are counted from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.decision.is_allow() { "Allowed" } else { "Denied" };
        writeln!(f, "{verdict}: {} on {}", self.action, self.resource)?;
        writeln!(f, "  for {}", self.principal)?;
        match (self.principal_account, self.resource_account) {
            (Some(own), Some(other)) if own != other => {
                writeln!(f, "  across accounts, from {own} to {other}: both sides must allow it")?;
            }
            _ => {}
        }
        match self.decision {
            Decision::Allow(matched) => {
                for (kind, number) in [
                    (PolicyKind::Identity, matched.identity),
                    (PolicyKind::PermissionsBoundary, matched.permissions_boundary),
                    (PolicyKind::Session, matched.session),
                    (PolicyKind::Resource, matched.resource),
                ] {
                    if let Some(StatementNumber { policy, statement }) = number {
                        let (policy, statement) = (policy + 1, statement + 1);
                        writeln!(f, "  by statement {statement} of {} {policy}", kind.name())?;
                    }
                }
            }
            _ => writeln!(f, "  {}", self.decision.reason(&self.action))?,
        }
        if self.public_policy_restricted {
            writeln!(f, "  the resource's policy is public and counts for its own account only")?;
        }
        self.policies.iter().try_for_each(|policy| write!(f, "\n{policy}"))
    }
}

impl fmt::Display for ExplainedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.kind.name(), self.number + 1)?;
        self.statements.iter().try_for_each(|statement| write!(f, "{statement}"))
    }
}

impl fmt::Display for ExplainedStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  statement {}", self.number + 1)?;
        if let Some(sid) = &self.sid {
            write!(f, " {sid:?}")?;
        }
        let effect = match self.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        };
        write!(f, " ({effect}, line {}) ", self.span.line)?;
        match &self.failed {
            None => writeln!(f, "applies"),
            Some(failed) => write!(f, "does not apply: {failed}"),
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negated: &bool| if *negated { "Not" } else { "" };
        match self {
            Self::Principal { negated, entries, actual, .. } => {
                writeln!(f, "{}Principal", not(negated))?;
                entries.iter().try_for_each(|entry| writeln!(f, "    policy   {entry}"))?;
                writeln!(f, "    request  {actual}")
            }
            Self::Action { negated, tried, actual } => {
                writeln!(f, "{}Action", not(negated))?;
                tried.iter().try_for_each(|tried| write!(f, "{tried}"))?;
                writeln!(f, "    request  {actual}")
            }
            Self::Resource { negated, tried, actual } => {
                writeln!(f, "{}Resource", not(negated))?;
                tried.iter().try_for_each(|tried| write!(f, "{tried}"))?;
                writeln!(f, "    request  {actual}")
            }
            Self::Condition { operator, key, actual, tried, .. } => {
                writeln!(f, "Condition {operator} {key}")?;
                tried.iter().try_for_each(|tried| write!(f, "{tried}"))?;
                match actual {
                    None => writeln!(f, "    request  has no {key}"),
                    Some(values) if values.is_empty() => {
                        writeln!(f, "    request  has no value for {key}")
                    }
                    Some(values) => {
                        values.iter().try_for_each(|value| writeln!(f, "    request  {value:?}"))
                    }
                }
            }
        }
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    policy   {}", self.written)?;
        if let Some(resolved) = &self.resolved {
            writeln!(f, "       here  {resolved}")?;
        }
        for variable in self.variables.iter().filter(|variable| variable.value.is_none()) {
            writeln!(f, "       here  {} has no single value", variable.key)?;
        }
        Ok(())
    }
}
