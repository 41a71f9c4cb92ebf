//! A policy case: request and policies in one JSON object, as tests and `cloakroom iam evaluate`
//! take them.

use std::sync::Arc;

use types::{AccountId, Arn};

use crate::{
    CompiledPolicy, Decision, Explanation, MapContext, Policies, Policy, PolicyError, PolicyKind,
    Principal, PrincipalContext, Request, Span, Spanned, decide, explain,
    json::{self, Json, Member},
};

/// Bytes of one case.
const CASE_BYTES: usize = 1 << 20;

/// A request and the policies that it is judged by.
///
/// The context is complete as written; only what follows from the principal's ARN is added (see
/// [`PrincipalContext`]).
#[derive(Debug, Clone)]
pub struct Case {
    principal: Principal,
    action: String,
    resource: String,
    resource_account: Option<AccountId>,
    context: MapContext,
    identity: Vec<Arc<CompiledPolicy>>,
    permissions_boundary: Option<Vec<Arc<CompiledPolicy>>>,
    session: Option<Vec<Arc<CompiledPolicy>>>,
    resource_policy: Option<CompiledPolicy>,
    scp: Vec<Vec<Arc<CompiledPolicy>>>,
    rcp: Vec<Vec<Arc<CompiledPolicy>>>,
    vpc_endpoint: Option<Vec<Arc<CompiledPolicy>>>,
    block_public_access: bool,
}

/// Why a text is not a policy case. Lines and columns are those of the case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// Not JSON, or one of the policies is malformed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A member that has the wrong form, is missing, or is not known.
    #[error("{message} (line {line}, column {column})")]
    Form {
        /// What is wrong and what is expected.
        message: String,
        /// Line of the member, counted from 1.
        line: u32,
        /// Column of the member in characters, counted from 1.
        column: u32,
    },
}

type Result<T> = std::result::Result<T, CaseError>;

impl Case {
    /// Reads a case. Members of its own that are not known describe it (`tags`, a name) and are
    /// passed over; unknown members of the request and of the policies are errors.
    ///
    /// # Errors
    /// The first thing that is not as it must be, with its line and column.
    pub fn parse(text: &str) -> Result<Self> {
        let document = json::read(text, CASE_BYTES)?;
        let case = Fields::any(&document, "a case")?;
        let request = case.required("request")?;
        let known = ["principal", "action", "resource", "resourceAccount", "context"];
        let request = Fields::of(request, "request", &known)?;
        let context = match request.get("context") {
            None => MapContext::default(),
            Some(value) => context(value)?,
        };
        let action = text_of(request.required("action")?, "action")?.to_owned();
        let known =
            ["identity", "permissionsBoundary", "session", "resource", "scp", "rcp", "vpcEndpoint"];
        let none = Spanned::new(Json::Object(Vec::new()), document.span);
        let policies = case.get("policies").unwrap_or(&none);
        let policies = Fields::of(policies, "policies", &known)?;
        let resource_kind = if ["sts:assumerole", "sts:tagsession", "sts:setsourceidentity"]
            .iter()
            .any(|start| action.to_ascii_lowercase().starts_with(start))
        {
            PolicyKind::Trust
        } else {
            PolicyKind::Resource
        };
        Ok(Self {
            principal: principal(request.get("principal"), &context)?,
            resource: text_of(request.required("resource")?, "resource")?.to_owned(),
            resource_account: request
                .get("resourceAccount")
                .map(|value| {
                    let account = text_of(value, "resourceAccount")?.parse();
                    account.map_err(|error| wrong(value.span, format!("resourceAccount: {error}")))
                })
                .transpose()?,
            action,
            context,
            identity: policies.list("identity", PolicyKind::Identity)?.unwrap_or_default(),
            permissions_boundary: policies
                .list("permissionsBoundary", PolicyKind::PermissionsBoundary)?,
            session: policies.list("session", PolicyKind::Session)?,
            resource_policy: policies
                .get("resource")
                .map(|policy| Policy::from_json(policy, resource_kind).map(Policy::compile))
                .transpose()?,
            scp: policies.levels("scp", PolicyKind::ServiceControl)?,
            rcp: policies.levels("rcp", PolicyKind::ResourceControl)?,
            vpc_endpoint: policies.list("vpcEndpoint", PolicyKind::VpcEndpoint)?,
            block_public_access: match case.get("blockPublicAccess").map(|v| (&v.value, v.span)) {
                None => false,
                Some((Json::Bool(block), _)) => *block,
                Some((other, span)) => {
                    let found = other.type_name();
                    return Err(wrong(
                        span,
                        format!("blockPublicAccess is a boolean, not {found}"),
                    ));
                }
            },
        })
    }

    /// What the policies say.
    #[must_use]
    pub fn decide(&self) -> Decision {
        self.with(decide)
    }

    /// What the policies say, and why.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        self.with(explain)
    }

    /// The action asked for.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    fn with<T>(&self, judge: impl FnOnce(&Policies<'_>, &Request<'_>) -> T) -> T {
        let context = PrincipalContext { principal: &self.principal, inner: &self.context };
        let policies = Policies {
            identity: &self.identity,
            permissions_boundary: self.permissions_boundary.as_deref(),
            session: self.session.as_deref(),
            resource: self.resource_policy.as_ref(),
            scp: &self.scp,
            rcp: &self.rcp,
            vpc_endpoint: self.vpc_endpoint.as_deref(),
            block_public_access: self.block_public_access,
        };
        let request = Request {
            principal: &self.principal,
            action: &self.action,
            resource: &self.resource,
            resource_account: self.resource_account,
            context: &context,
        };
        judge(&policies, &request)
    }
}

/// The members of an object, of which a null one counts as missing.
struct Fields<'j> {
    members: &'j [Member],
    span: Span,
    name: &'static str,
}

impl<'j> Fields<'j> {
    fn any(value: &'j Spanned<Json>, name: &'static str) -> Result<Self> {
        match &value.value {
            Json::Object(members) => Ok(Self { members, span: value.span, name }),
            other => {
                let found = other.type_name();
                Err(wrong(value.span, format!("{name} is an object, not {found}")))
            }
        }
    }

    fn of(value: &'j Spanned<Json>, name: &'static str, known: &[&str]) -> Result<Self> {
        let fields = Self::any(value, name)?;
        let mut members = fields.members.iter();
        let unknown = members.find(|member| !known.contains(&member.key.value.as_str()));
        if let Some(Member { key, .. }) = unknown {
            let known = known.join(", ");
            let message = format!("{:?} is not a member of {name}; it has {known}", key.value);
            return Err(wrong(key.span, message));
        }
        Ok(fields)
    }

    fn get(&self, key: &str) -> Option<&'j Spanned<Json>> {
        let member = self.members.iter().find(|member| member.key.value == key)?;
        (member.value.value != Json::Null).then_some(&member.value)
    }

    fn required(&self, key: &str) -> Result<&'j Spanned<Json>> {
        self.get(key).ok_or_else(|| wrong(self.span, format!("{} has no {key}", self.name)))
    }

    /// A policy or a list of policies.
    fn list(&self, key: &str, kind: PolicyKind) -> Result<Option<Vec<Arc<CompiledPolicy>>>> {
        self.get(key).map(|value| policies(value, kind)).transpose()
    }

    /// A list of lists of policies.
    fn levels(&self, key: &str, kind: PolicyKind) -> Result<Vec<Vec<Arc<CompiledPolicy>>>> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Spanned { value: Json::Array(levels), .. }) => {
                levels.iter().map(|level| policies(level, kind)).collect()
            }
            Some(other) => {
                let found = other.value.type_name();
                Err(wrong(other.span, format!("{key} is an array of arrays, not {found}")))
            }
        }
    }
}

fn policies(value: &Spanned<Json>, kind: PolicyKind) -> Result<Vec<Arc<CompiledPolicy>>> {
    let list = match &value.value {
        Json::Array(list) => list.as_slice(),
        _ => std::slice::from_ref(value),
    };
    list.iter().map(|policy| Ok(Arc::new(Policy::from_json(policy, kind)?.compile()))).collect()
}

fn context(value: &Spanned<Json>) -> Result<MapContext> {
    let Json::Object(members) = &value.value else {
        let found = value.value.type_name();
        return Err(wrong(value.span, format!("context is an object, not {found}")));
    };
    let mut context = MapContext::default();
    for Member { key, value } in members {
        match &value.value {
            Json::Array(values) => {
                let values = values.iter().map(|value| scalar(value, &key.value));
                context.insert_many(&key.value, values.collect::<Result<_>>()?);
            }
            // As anywhere in a case, what is null is missing.
            Json::Null => {}
            _ => context.insert(&key.value, scalar(value, &key.value)?),
        }
    }
    Ok(context)
}

fn scalar(value: &Spanned<Json>, key: &str) -> Result<String> {
    match &value.value {
        Json::String(text) | Json::Number(text) => Ok(text.clone()),
        Json::Bool(truth) => Ok(truth.to_string()),
        other => {
            let found = other.type_name();
            Err(wrong(value.span, format!("{key} is a string or an array of strings, not {found}")))
        }
    }
}

/// An ARN, nothing for the anonymous, or an object for services and identity providers. The
/// context may say which role a session is of.
fn principal(value: Option<&Spanned<Json>>, context: &MapContext) -> Result<Principal> {
    let Some(value) = value else { return Ok(Principal::Anonymous) };
    if let Json::Object(_) = &value.value {
        let fields = Fields::of(value, "principal", &["Service", "Federated"])?;
        return match (fields.get("Service"), fields.get("Federated")) {
            (Some(name), None) => Ok(Principal::Service(text_of(name, "Service")?.to_owned())),
            (None, Some(name)) => Ok(Principal::Federated(text_of(name, "Federated")?.to_owned())),
            _ => Err(wrong(value.span, "a principal has either Service or Federated")),
        };
    }
    let text = text_of(value, "principal")?;
    let role: Option<Arn> = match crate::Context::get(context, "aws:principalarn") {
        Some(crate::Value::One(arn)) => arn.parse().ok(),
        _ => None,
    };
    let principal = text.parse().ok().and_then(|arn| Principal::from_arn(&arn, role.as_ref()));
    principal.ok_or_else(|| {
        let message = format!(
            "{text:?} is not a principal; write the ARN of a root, a user, a role or a session, \
             or null, {{\"Service\": …}}, {{\"Federated\": …}}"
        );
        wrong(value.span, message)
    })
}

fn text_of<'j>(value: &'j Spanned<Json>, name: &str) -> Result<&'j str> {
    match &value.value {
        Json::String(text) => Ok(text),
        other => Err(wrong(value.span, format!("{name} is a string, not {}", other.type_name()))),
    }
}

fn wrong(at: Span, message: impl Into<String>) -> CaseError {
    CaseError::Form { message: message.into(), line: at.line, column: at.column }
}
