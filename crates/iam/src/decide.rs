use std::sync::Arc;

use crate::{
    CompiledPolicy, Decision, Effect, Matched, PolicyKind, Principal, Request, StatementNumber,
    compile::CompiledStatement, principal::Named,
};

/// Everything that is evaluated for one request.
///
/// Source: IAM User Guide, *Policy evaluation logic*.
#[derive(Clone, Copy, Default)]
pub struct Policies<'a> {
    /// The policies of the principal: one must allow.
    pub identity: &'a [Arc<CompiledPolicy>],
    /// What bounds the principal, if anything: each must allow.
    pub permissions_boundary: Option<&'a [Arc<CompiledPolicy>]>,
    /// What bounds the session, if anything: one must allow.
    pub session: Option<&'a [Arc<CompiledPolicy>]>,
    /// The policy of the resource; for taking a role, its trust policy.
    pub resource: Option<&'a CompiledPolicy>,
    /// Service control policies of the principal's account, a list for each level, the
    /// organization's root first: at each level one must allow. Empty without an organization.
    pub scp: &'a [Vec<Arc<CompiledPolicy>>],
    /// Resource control policies of the resource's account, likewise.
    pub rcp: &'a [Vec<Arc<CompiledPolicy>>],
    /// The policies of the VPC endpoint that the request came through, if it did: one must allow.
    pub vpc_endpoint: Option<&'a [Arc<CompiledPolicy>]>,
    /// Whether a public resource policy counts only for the resource's account and for services
    /// (S3's `RestrictPublicBuckets`).
    pub block_public_access: bool,
}

impl Policies<'_> {
    /// What the resource's policy is, or would be.
    pub(crate) fn resource_kind(&self, request: &Request<'_>) -> PolicyKind {
        let trust = self.resource.is_some_and(|policy| policy.kind() == PolicyKind::Trust);
        if trust || takes_a_role(request.action) { PolicyKind::Trust } else { PolicyKind::Resource }
    }

    /// Whether the resource's policy is public and so gives this principal nothing.
    ///
    /// Source: Amazon S3 User Guide, *Blocking public access*, `RestrictPublicBuckets`.
    pub(crate) fn restricts(&self, request: &Request<'_>) -> bool {
        let outsider = match request.principal {
            Principal::Service(_) => false,
            Principal::Anonymous | Principal::Federated(_) => true,
            _ => is_cross_account(request),
        };
        self.block_public_access && outsider && self.resource.is_some_and(CompiledPolicy::is_public)
    }
}

/// Decides a request. An allow allocates nothing.
#[must_use]
pub fn decide(policies: &Policies<'_>, request: &Request<'_>) -> Decision {
    let bounded = policies.permissions_boundary.is_some();
    conclude(policies, request, &mut |_, _, statement| statement.applies(request, bounded))
}

/// The logic above the statements. `judge` says of one statement whether it applies, and how closely
/// it names the principal; statements that cannot change the decision are not asked about.
pub(crate) fn conclude(
    policies: &Policies<'_>,
    request: &Request<'_>,
    judge: &mut impl FnMut(PolicyKind, StatementNumber, CompiledStatement<'_>) -> Option<Named>,
) -> Decision {
    evaluate(policies, request, judge).unwrap_or_else(|refusal| refusal)
}

/// A refusal travels as the error, so that the first one ends the evaluation.
fn evaluate(
    policies: &Policies<'_>,
    request: &Request<'_>,
    judge: &mut impl FnMut(PolicyKind, StatementNumber, CompiledStatement<'_>) -> Option<Named>,
) -> Result<Decision, Decision> {
    use PolicyKind as Kind;

    let account = request.principal.account();
    let implicit = |kind| Err(Decision::ImplicitDeny { kind });

    // Every Deny is looked for before any missing Allow counts. Service control policies govern
    // the principals of accounts; services, the anonymous and identities without a role have none.
    let scp = if account.is_some() { policies.scp } else { &[] };
    let scp = levels(Kind::ServiceControl, scp.iter().map(Vec::as_slice), judge)?;
    let rcp = levels(Kind::ResourceControl, policies.rcp.iter().map(Vec::as_slice), judge)?;
    let endpoint = levels(Kind::VpcEndpoint, policies.vpc_endpoint.into_iter(), judge)?;
    let resource_kind = policies.resource_kind(request);
    let resource = match policies.resource {
        None => Grant::default(),
        Some(policy) => one_policy(resource_kind, 0, policy, Grant::default(), judge)?,
    };
    let identity = levels(Kind::Identity, std::iter::once(policies.identity), judge)?;
    let bounds = policies.permissions_boundary.unwrap_or_default();
    let boundary =
        levels(Kind::PermissionsBoundary, bounds.iter().map(std::slice::from_ref), judge)?;
    let session = levels(Kind::Session, policies.session.into_iter(), judge)?;

    for (grant, kind) in
        [(rcp, Kind::ResourceControl), (scp, Kind::ServiceControl), (endpoint, Kind::VpcEndpoint)]
    {
        if !grant.everywhere {
            return implicit(kind);
        }
    }

    let cross_account = is_cross_account(request);
    let granted = if policies.restricts(request) { None } else { resource.named.zip(resource.by) };

    let mut matched = Matched { resource: granted.map(|(_, by)| by), ..Matched::default() };
    if account.is_none() {
        // Nobody's identity policies can speak for it.
        return if granted.is_some() {
            Ok(Decision::Allow(matched))
        } else {
            implicit(resource_kind)
        };
    }
    match granted {
        // Source: IAM User Guide, *How AWS enforcement code logic evaluates requests*, on
        // resource-based policies within one account.
        Some((Named::Directly, _)) if !cross_account => return Ok(Decision::Allow(matched)),
        Some((Named::Owner, _)) if !cross_account => {}
        // A role's trust policy and a KMS key's policy must themselves allow.
        None if !cross_account && (resource_kind == Kind::Trust || is_kms_key(request)) => {
            return implicit(resource_kind);
        }
        _ => {
            if identity.by.is_none() {
                return implicit(Kind::Identity);
            }
            matched.identity = identity.by;
        }
    }
    if !boundary.everywhere || policies.permissions_boundary.is_some_and(<[_]>::is_empty) {
        return implicit(Kind::PermissionsBoundary);
    }
    // A federated user without a session policy may do nothing. Source: STS API Reference,
    // `GetFederationToken`, *Permissions*.
    let federated = matches!(request.principal, Principal::FederatedUser { .. });
    if !session.everywhere || (federated && policies.session.is_none()) {
        return implicit(Kind::Session);
    }
    matched.permissions_boundary = boundary.by;
    matched.session = session.by;
    if cross_account && granted.is_none() {
        return implicit(resource_kind);
    }
    Ok(Decision::Allow(matched))
}

/// What the policies of one kind give.
#[derive(Clone, Copy)]
struct Grant {
    /// Whether every level has an Allow that applies; true where there is no level.
    everywhere: bool,
    /// The first Allow that names the principal as closely as any does.
    by: Option<StatementNumber>,
    named: Option<Named>,
}

impl Default for Grant {
    fn default() -> Self {
        Self { everywhere: true, by: None, named: None }
    }
}

fn levels<'a>(
    kind: PolicyKind,
    levels: impl Iterator<Item = &'a [Arc<CompiledPolicy>]>,
    judge: &mut impl FnMut(PolicyKind, StatementNumber, CompiledStatement<'_>) -> Option<Named>,
) -> Result<Grant, Decision> {
    let mut all = Grant::default();
    let mut number = 0;
    for level in levels {
        let mut grant = Grant::default();
        for policy in level {
            grant = one_policy(kind, number, policy, grant, judge)?;
            number = number.saturating_add(1);
        }
        all.everywhere &= grant.by.is_some();
        all.by = all.by.or(grant.by);
        all.named = all.named.max(grant.named);
    }
    Ok(all)
}

fn one_policy(
    kind: PolicyKind,
    number: u16,
    policy: &CompiledPolicy,
    mut grant: Grant,
    judge: &mut impl FnMut(PolicyKind, StatementNumber, CompiledStatement<'_>) -> Option<Named>,
) -> Result<Grant, Decision> {
    for (index, compiled) in policy.statements().enumerate() {
        let effect = compiled.statement.effect;
        // Nothing closer can be found.
        if effect == Effect::Allow && grant.named == Some(Named::Directly) {
            continue;
        }
        let statement = u16::try_from(index).unwrap_or(u16::MAX);
        let here = StatementNumber { policy: number, statement };
        let Some(named) = judge(kind, here, compiled) else { continue };
        match effect {
            Effect::Deny => return Err(Decision::ExplicitDeny { kind, statement: here }),
            Effect::Allow if Some(named) > grant.named => {
                grant.by = Some(here);
                grant.named = Some(named);
            }
            Effect::Allow => {}
        }
    }
    Ok(grant)
}

fn is_cross_account(request: &Request<'_>) -> bool {
    match (request.principal.account(), request.resource_account) {
        (Some(own), Some(other)) => own != other,
        _ => false,
    }
}

/// `sts:AssumeRole`, `sts:AssumeRoleWithWebIdentity`, `sts:AssumeRoleWithSAML`.
fn takes_a_role(action: &str) -> bool {
    const PREFIX: &str = "sts:AssumeRole";
    action.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn is_kms_key(request: &Request<'_>) -> bool {
    request.action.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("kms:"))
        && request.resource.contains(":key/")
}
