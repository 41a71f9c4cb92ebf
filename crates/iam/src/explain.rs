use std::sync::Arc;

use serde::{Deserialize, Serialize};
use types::AccountId;

use crate::{
    CompiledPolicy, Condition, Decision, Effect, Operator, Pattern, Piece, Policies, PolicyKind,
    Request, SetQualifier, Span, StatementNumber,
    compile::{CompiledStatement, is_null, names},
    decide::conclude,
    matcher::{Colons, Values, matches, value_of},
    operand::Operand,
    operator::{Base, Comparison},
    principal::Named,
};

/// Why a request is allowed or denied, as data: every statement of every policy, and of those that
/// do not apply the element that failed first, with the values compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Who asks, as messages name it.
    pub principal: String,
    /// For what.
    pub action: String,
    /// On what.
    pub resource: String,
    /// The account of who asks.
    pub principal_account: Option<AccountId>,
    /// The account that owns the resource.
    pub resource_account: Option<AccountId>,
    /// What the policies say together.
    pub decision: Decision,
    /// Whether the resource's policy is public and counts only for its own account.
    pub public_policy_restricted: bool,
    /// The policies, in the order in which they are evaluated.
    pub policies: Vec<ExplainedPolicy>,
}

/// One policy of an [`Explanation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedPolicy {
    /// What it is attached to.
    pub kind: PolicyKind,
    /// Its number among those of its kind, counted from 0.
    pub number: u16,
    /// Where it stands, if whoever asked for the explanation has said it: a managed policy's ARN, an
    /// inline policy's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
    /// Its statements, in order.
    pub statements: Vec<ExplainedStatement>,
}

/// One statement of an [`ExplainedPolicy`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedStatement {
    /// Its number in the policy, counted from 0.
    pub number: u16,
    /// Its `Sid`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sid: Option<String>,
    /// What it does when it applies.
    pub effect: Effect,
    /// Where it stands in the policy's text.
    pub span: Span,
    /// What failed first; none if the statement applies.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failed: Option<Failed>,
}

/// The element of a statement that does not match the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "element", rename_all = "camelCase")]
pub enum Failed {
    /// `Principal` or `NotPrincipal`.
    Principal {
        /// Whether it is the `Not…` form.
        negated: bool,
        /// The principals as written.
        entries: Vec<String>,
        /// Who asks.
        actual: String,
        /// Where the element's value stands.
        span: Span,
    },
    /// `Action` or `NotAction`.
    Action {
        /// Whether it is the `Not…` form.
        negated: bool,
        /// The patterns.
        tried: Vec<Tried>,
        /// What is asked for.
        actual: String,
    },
    /// `Resource` or `NotResource`.
    Resource {
        /// Whether it is the `Not…` form.
        negated: bool,
        /// The patterns.
        tried: Vec<Tried>,
        /// What is asked for.
        actual: String,
    },
    /// A condition.
    Condition {
        /// The operator with its qualifiers.
        operator: String,
        /// The condition key as written.
        key: String,
        /// The key's values in the request; none if the request does not have the key.
        actual: Option<Vec<String>>,
        /// The values that they were compared with.
        tried: Vec<Tried>,
        /// Where the key stands.
        span: Span,
    },
}

/// A pattern or value of a policy beside the request's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    /// As written.
    pub written: String,
    /// Where it stands.
    pub span: Span,
    /// With its variables replaced, if it has any and all have a value. Stars and question marks
    /// that come from a value are written `${*}` and `${?}`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resolved: Option<String>,
    /// Its variables.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub variables: Vec<ResolvedVariable>,
    /// Whether it matches (a value of) the request, before a `Not` is applied.
    pub matched: bool,
}

/// A policy variable and what stands for it in one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedVariable {
    /// The condition key, in lower case.
    pub key: String,
    /// Its value or its default; none if the request does not have the key, or it has many values.
    pub value: Option<String>,
}

/// Explains the decision on a request: looks at everything, where [`decide`](crate::decide) stops
/// as early as it can, and comes to the same.
#[must_use]
pub fn explain(policies: &Policies<'_>, request: &Request<'_>) -> Explanation {
    let examiner = Examiner { request, bounded: policies.permissions_boundary.is_some() };
    let mut explained = Vec::new();
    let mut add = |kind, policies: &mut dyn Iterator<Item = &CompiledPolicy>| {
        for (number, policy) in policies.enumerate() {
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            explained.push(examiner.policy(kind, number, policy));
        }
    };
    add(PolicyKind::ServiceControl, &mut policies.scp.iter().flat_map(|level| each(level)));
    add(PolicyKind::ResourceControl, &mut policies.rcp.iter().flat_map(|level| each(level)));
    add(PolicyKind::VpcEndpoint, &mut each(policies.vpc_endpoint.unwrap_or_default()));
    add(policies.resource_kind(request), &mut policies.resource.into_iter());
    add(PolicyKind::Identity, &mut each(policies.identity));
    let boundary = policies.permissions_boundary.unwrap_or_default();
    add(PolicyKind::PermissionsBoundary, &mut each(boundary));
    add(PolicyKind::Session, &mut each(policies.session.unwrap_or_default()));

    let decision = conclude(policies, request, &mut |kind, place, statement| {
        verdict(&explained, kind, place)?;
        // That it applies was found here; how closely it names the principal is not in the data.
        match &statement.statement.principal {
            None => Some(Named::Directly),
            Some(element) => {
                names(element, statement.statement.effect, request.principal, examiner.bounded)
            }
        }
    });
    Explanation {
        principal: request.principal.name().into_owned(),
        action: request.action.to_owned(),
        resource: request.resource.to_owned(),
        principal_account: request.principal.account(),
        resource_account: request.resource_account,
        decision,
        public_policy_restricted: policies.restricts(request),
        policies: explained,
    }
}

fn each(policies: &[Arc<CompiledPolicy>]) -> impl Iterator<Item = &CompiledPolicy> {
    policies.iter().map(|policy| &**policy)
}

/// Something if the statement was found to apply.
fn verdict(
    explained: &[ExplainedPolicy],
    kind: PolicyKind,
    StatementNumber { policy, statement }: StatementNumber,
) -> Option<()> {
    let policy = explained.iter().find(|found| found.kind == kind && found.number == policy)?;
    let statement = policy.statements.get(usize::from(statement))?;
    statement.failed.is_none().then_some(())
}

struct Examiner<'a> {
    request: &'a Request<'a>,
    bounded: bool,
}

impl Examiner<'_> {
    fn policy(&self, kind: PolicyKind, number: u16, policy: &CompiledPolicy) -> ExplainedPolicy {
        let statements = policy.statements().enumerate().map(|(index, compiled)| {
            let statement = compiled.statement;
            ExplainedStatement {
                number: u16::try_from(index).unwrap_or(u16::MAX),
                sid: statement.sid().map(str::to_owned),
                effect: statement.effect,
                span: statement.span,
                failed: self.statement(compiled),
            }
        });
        ExplainedPolicy { kind, number, source: None, statements: statements.collect() }
    }

    fn statement(&self, compiled: CompiledStatement<'_>) -> Option<Failed> {
        self.principal(compiled)
            .or_else(|| self.action(compiled))
            .or_else(|| self.resource(compiled))
            .or_else(|| compiled.conditions().find_map(|(c, key)| self.condition(c, key)))
    }

    fn principal(&self, compiled: CompiledStatement<'_>) -> Option<Failed> {
        let element = compiled.statement.principal.as_ref()?;
        let principal = self.request.principal;
        match names(element, compiled.statement.effect, principal, self.bounded) {
            Some(_) => None,
            None => Some(Failed::Principal {
                negated: element.negated,
                entries: element.entries.iter().map(|entry| entry.written.clone()).collect(),
                actual: principal.name().into_owned(),
                span: element.span,
            }),
        }
    }

    fn action(&self, compiled: CompiledStatement<'_>) -> Option<Failed> {
        let element = &compiled.statement.action;
        let actual = self.request.action;
        let tried: Vec<Tried> = element
            .entries
            .iter()
            .map(|entry| self.tried(&entry.value, entry.span, actual, Colons::Ordinary, true))
            .collect();
        let found = tried.iter().any(|tried| tried.matched);
        (found == element.negated).then(|| Failed::Action {
            negated: element.negated,
            tried,
            actual: actual.to_owned(),
        })
    }

    fn resource(&self, compiled: CompiledStatement<'_>) -> Option<Failed> {
        let element = compiled.statement.resource.as_ref()?;
        let actual = self.request.resource;
        let tried: Vec<Tried> = element
            .entries
            .iter()
            .map(|entry| self.tried(&entry.value, entry.span, actual, Colons::Resource, false))
            .collect();
        let unresolved = |tried: &Tried| tried.variables.iter().any(|v| v.value.is_none());
        let applies = if element.negated {
            !tried.iter().any(|tried| tried.matched || unresolved(tried))
        } else {
            tried.iter().any(|tried| tried.matched)
        };
        (!applies).then(|| Failed::Resource {
            negated: element.negated,
            tried,
            actual: actual.to_owned(),
        })
    }

    fn condition(&self, condition: &Condition, key: &str) -> Option<Failed> {
        let value = self.request.context.get(key);
        let null = value.as_ref().is_none_or(is_null);
        let actual: Option<Vec<String>> =
            value.map(|value| value.iter().map(str::to_owned).collect());
        let Operator { set, comparison, if_exists } = condition.operator;
        // For each of the request's values, the entries that match it.
        let compared: Vec<Vec<bool>> = match comparison {
            Comparison::Null => vec![self.row(condition, if null { "true" } else { "false" })],
            _ => actual.iter().flatten().map(|value| self.row(condition, value)).collect(),
        };
        let does = |row: &Vec<bool>| row.contains(&true) != comparison.negated();
        let holds = if comparison == Comparison::Null {
            compared.iter().any(does)
        } else if compared.is_empty() {
            if_exists
                || set == Some(SetQualifier::ForAllValues)
                || (set.is_none() && comparison.negated())
        } else {
            match set {
                Some(SetQualifier::ForAllValues) => null || compared.iter().all(does),
                // Without a qualifier a negated comparison fails by any value that is listed.
                None if comparison.negated() => compared.iter().all(does),
                Some(SetQualifier::ForAnyValue) | None => compared.iter().any(does),
            }
        };
        if holds {
            return None;
        }
        let tried = condition.values.iter().enumerate().map(|(index, value)| {
            let matched = compared.iter().any(|row| row.get(index) == Some(&true));
            let mut tried = Tried {
                written: value.written.clone(),
                span: value.span,
                resolved: None,
                variables: Vec::new(),
                matched,
            };
            if let Operand::Pattern(pattern) = &value.operand {
                self.resolve(pattern, &mut tried);
            }
            tried
        });
        Some(Failed::Condition {
            operator: condition.operator.to_string(),
            key: condition.key.clone(),
            tried: tried.collect(),
            actual,
            span: condition.span,
        })
    }

    fn row(&self, condition: &Condition, actual: &str) -> Vec<bool> {
        let base: Base = condition.operator.comparison.base();
        let values = condition.values.iter();
        values.map(|value| value.operand.matches(base, actual, self.request.context)).collect()
    }

    fn tried(
        &self,
        pattern: &Pattern,
        span: Span,
        actual: &str,
        colons: Colons,
        ignore_case: bool,
    ) -> Tried {
        let values = Values::of(pattern, self.request.context);
        let mut tried = Tried {
            written: pattern.source().to_owned(),
            span,
            resolved: None,
            variables: Vec::new(),
            matched: values.is_some_and(|v| matches(pattern, &v, actual, colons, ignore_case)),
        };
        self.resolve(pattern, &mut tried);
        tried
    }

    /// Fills in what the variables of a pattern stand for.
    fn resolve(&self, pattern: &Pattern, tried: &mut Tried) {
        let mut resolved = String::new();
        for piece in pattern.pieces() {
            match piece {
                Piece::Literal(text) => resolved.push_str(text),
                Piece::AnyRun => resolved.push('*'),
                Piece::AnyOne => resolved.push('?'),
                Piece::Variable(variable) => {
                    let value = value_of(variable, self.request.context);
                    if let Some(value) = &value {
                        resolved.push_str(&value.replace('*', "${*}").replace('?', "${?}"));
                    }
                    tried.variables.push(ResolvedVariable {
                        key: variable.key.to_string(),
                        value: value.map(String::from),
                    });
                }
            }
        }
        let complete = tried.variables.iter().all(|variable| variable.value.is_some());
        if complete && !tried.variables.is_empty() {
            tried.resolved = Some(resolved);
        }
    }
}
