use std::sync::Arc;

use directory::{Directory, EntityKind, PolicyUse, PolicyUseKey, Usage};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{
    EntityType, ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse, PolicyGroup,
    PolicyRole, PolicyUsageType, PolicyUser,
};

use crate::{
    Access,
    error::AccessError,
    managed_policies::{AskedPolicy, asked, need},
    names::check_path_prefix,
    paging::page,
};

/// [`ListEntitiesForPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html)
///
/// Of one of AWS's own policies, the caller's account's entities. The marker is kind and name of the last
/// entity of the page before.
pub(crate) struct ListEntitiesForPolicy(pub(crate) Arc<Access>);

impl Operation for ListEntitiesForPolicy {
    type Wire = wire::iam::ListEntitiesForPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &ListEntitiesForPolicyRequest,
    ) -> Result<Vec<Need>, AccessError> {
        check_path_prefix(input.path_prefix.as_deref().unwrap_or("/"))?;
        Ok(vec![need("iam:ListEntitiesForPolicy", &input.policy_arn)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListEntitiesForPolicyResponse, AccessError> {
        let asked = asked(&request, &request.input.policy_arn)?;
        if asked.aws().is_none() {
            asked.find(&self.0.directory).await?;
        }
        let input = request.input;
        let entities = entities(&self.0.directory, &asked, &input).await?;
        let page =
            page(entities, |(key, ..)| key.clone(), input.marker.as_deref(), input.max_items);
        let mut answer = ListEntitiesForPolicyResponse {
            is_truncated: Some(page.is_truncated()),
            marker: page.marker,
            policy_groups: Some(Vec::new()),
            policy_roles: Some(Vec::new()),
            policy_users: Some(Vec::new()),
        };
        for (_, kind, entity) in page.items {
            let (id, name) = (Some(entity.unique_id.to_string()), Some(entity.name));
            match kind {
                EntityKind::Group => answer
                    .policy_groups
                    .get_or_insert_default()
                    .push(PolicyGroup { group_id: id, group_name: name }),
                EntityKind::Role => answer
                    .policy_roles
                    .get_or_insert_default()
                    .push(PolicyRole { role_id: id, role_name: name }),
                EntityKind::User => answer
                    .policy_users
                    .get_or_insert_default()
                    .push(PolicyUser { user_id: id, user_name: name }),
            }
        }
        Ok(answer)
    }
}

/// The entities that use the policy as it is asked for, in the order of their keys, each once.
async fn entities(
    directory: &Directory,
    asked: &AskedPolicy,
    input: &ListEntitiesForPolicyRequest,
) -> Result<Vec<(String, EntityKind, PolicyUse)>, AccessError> {
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let kinds: &[EntityKind] = match input.entity_filter {
        None => &[EntityKind::Group, EntityKind::Role, EntityKind::User],
        Some(EntityType::Group) => &[EntityKind::Group],
        Some(EntityType::Role) => &[EntityKind::Role],
        Some(EntityType::User) => &[EntityKind::User],
        Some(EntityType::LocalManagedPolicy | EntityType::AWSManagedPolicy) => &[],
    };
    let usages: &[Usage] = match input.policy_usage_filter {
        None => &[Usage::Policy, Usage::Boundary],
        Some(PolicyUsageType::PermissionsPolicy) => &[Usage::Policy],
        Some(PolicyUsageType::PermissionsBoundary) => &[Usage::Boundary],
    };
    let mut all = Vec::new();
    for kind in kinds {
        for usage in usages {
            let within = PolicyUseKey::of_kind(&asked.owner, &asked.arn, *usage, *kind);
            let uses = directory.all::<PolicyUse>(&within).await?.into_iter();
            let uses = uses.map(|found| found.record).filter(|used| used.path.starts_with(prefix));
            all.extend(
                uses.map(|used| {
                    (format!("{kind}/{}", used.name.to_ascii_lowercase()), *kind, used)
                }),
            );
        }
    }
    all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    all.dedup_by(|(one, ..), (other, ..)| one == other);
    Ok(all)
}
