use serde::{Deserialize, Serialize};

use crate::{Operator, Pattern, PrincipalName, Span, Spanned, operand::Operand};

/// What a policy is attached to. It says which elements it must and must not have, and how AWS
/// names it in messages.
///
/// Source: IAM User Guide, *Policies and permissions in AWS IAM*, *Policy types*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PolicyKind {
    /// Attached to a user, group or role: no principal.
    Identity,
    /// The most that an identity's policies can give: no principal.
    PermissionsBoundary,
    /// The most that one session can do: no principal.
    Session,
    /// Attached to a resource, such as a bucket: names principals.
    Resource,
    /// Attached to a role, says who may take it: names principals, no resource.
    Trust,
    /// The most that an organization lets its members' principals do: no principal.
    ServiceControl,
    /// The most that an organization lets be done to its members' resources: the principal is `*`.
    ResourceControl,
    /// The most that can be done through a VPC endpoint: names principals.
    VpcEndpoint,
}

impl PolicyKind {
    /// The kind as AWS's messages name it: `identity-based policy`, `role trust policy`, …
    ///
    /// Source: IAM User Guide, *Troubleshoot access denied error messages*.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::PermissionsBoundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "resource-based policy",
            Self::Trust => "role trust policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::VpcEndpoint => "VPC endpoint policy",
        }
    }

    /// Whether statements of this kind name principals.
    #[must_use]
    pub fn names_principals(self) -> bool {
        matches!(self, Self::Resource | Self::Trust | Self::ResourceControl | Self::VpcEndpoint)
    }
}

/// The edition of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Version {
    /// `2008-10-17`, and what a policy without `Version` has: no policy variables.
    #[default]
    V2008,
    /// `2012-10-17`.
    V2012,
}

impl Version {
    /// As written in a policy.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Lets, if nothing else denies.
    Allow,
    /// Refuses, whatever else allows.
    Deny,
}

/// A policy as written: the syntax tree, in which every element knows its place.
///
/// Source: IAM User Guide, *Grammar of the IAM JSON policy language*.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub(crate) kind: PolicyKind,
    pub(crate) version: Version,
    pub(crate) id: Option<Spanned<String>>,
    pub(crate) statements: Vec<Statement>,
}

impl Policy {
    /// What it is attached to.
    #[must_use]
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// The edition of the language.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// `Id`, which has no meaning.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(|id| id.value.as_str())
    }

    /// The statements, in order. There is at least one.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub(crate) span: Span,
    pub(crate) sid: Option<Spanned<String>>,
    pub(crate) effect: Effect,
    pub(crate) principal: Option<Element<PrincipalEntry>>,
    pub(crate) action: Element<Spanned<Pattern>>,
    pub(crate) resource: Option<Element<Spanned<Pattern>>>,
    pub(crate) conditions: Vec<Condition>,
}

impl Statement {
    /// Where the statement stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// `Sid`.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_ref().map(|sid| sid.value.as_str())
    }

    /// What it does when it applies.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// `Principal` or `NotPrincipal`; none where the kind of policy has no such element.
    #[must_use]
    pub fn principal(&self) -> Option<&Element<PrincipalEntry>> {
        self.principal.as_ref()
    }

    /// `Action` or `NotAction`. Case does not matter.
    #[must_use]
    pub fn action(&self) -> &Element<Spanned<Pattern>> {
        &self.action
    }

    /// `Resource` or `NotResource`; none in a trust policy.
    #[must_use]
    pub fn resource(&self) -> Option<&Element<Spanned<Pattern>>> {
        self.resource.as_ref()
    }

    /// The conditions, which must all hold.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}

/// An element that lists entries, or with `Not` everything but the entries.
#[derive(Debug, Clone, PartialEq)]
pub struct Element<T> {
    pub(crate) span: Span,
    pub(crate) negated: bool,
    pub(crate) entries: Vec<T>,
}

impl<T> Element<T> {
    /// Where the element's value stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// Whether it is the `Not…` form.
    #[must_use]
    pub fn negated(&self) -> bool {
        self.negated
    }

    /// The entries, in order. There is at least one.
    #[must_use]
    pub fn entries(&self) -> &[T] {
        &self.entries
    }
}

/// One entry of a `Principal` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalEntry {
    pub(crate) span: Span,
    /// `AWS`, `Service`, `Federated`, `CanonicalUser`; none for the lone `"*"`.
    pub(crate) family: Option<&'static str>,
    pub(crate) written: String,
    pub(crate) name: PrincipalName,
}

impl PrincipalEntry {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// As written.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whom it names.
    #[must_use]
    pub fn name(&self) -> &PrincipalName {
        &self.name
    }
}

/// One key of one operator of a `Condition` block, with the values it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub(crate) span: Span,
    pub(crate) operator: Operator,
    pub(crate) key: String,
    pub(crate) values: Vec<ConditionValue>,
}

impl Condition {
    /// Where the key stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// How values are compared.
    #[must_use]
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The condition key as written. Case does not matter.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The values, in order. There is at least one.
    #[must_use]
    pub fn values(&self) -> &[ConditionValue] {
        &self.values
    }
}

/// One value that a condition compares with.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionValue {
    pub(crate) span: Span,
    pub(crate) written: String,
    pub(crate) operand: Operand,
}

impl ConditionValue {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// As written; a number or boolean as its text.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The pattern, for operators on strings and ARNs.
    #[must_use]
    pub fn pattern(&self) -> Option<&Pattern> {
        match &self.operand {
            Operand::Pattern(pattern) => Some(pattern),
            _ => None,
        }
    }
}
