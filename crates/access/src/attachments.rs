//! Managed policies attached to roles, users and groups.

use directory::{Change, Directory, Entity, EntityKind};
use gate::Need;
use types::Arn;
use wire::iam::AttachedPolicy;

use crate::{
    boundaries::parse_arn,
    entities::{self, Asked},
    error::AccessError,
    managed_policies::require_policy,
    names::check_path_prefix,
    paging::{Page, page},
};

/// How many managed policies one entity may have.
const POLICIES_MAX: usize = 10;

/// The need to attach or detach a policy.
pub(crate) fn need<E: Entity>(
    action: &'static str,
    name: &str,
    policy: &str,
) -> Result<Need, AccessError> {
    let policy = parse_arn(policy)?;
    let need = entities::need::<E>(action, name)?.with("iam:policyarn", policy.to_string());
    Ok(need.with_boundary_of_target())
}

/// Attaches a policy; one that is attached already stays so.
pub(crate) async fn attach<E: Entity>(
    directory: &Directory,
    asked: &Asked<E>,
    policy: &str,
) -> Result<(), AccessError> {
    let arn = &parse_arn(policy)?;
    let make = || async move {
        let mut change = Change::new();
        require_policy(directory, &asked.owner, arn, &mut change).await?;
        let (key, found) = asked.find(directory).await?;
        let mut entity = found.record.clone();
        insert(&mut entity, arn)?;
        change.replace(&key, &found, &entity);
        Ok((change, ()))
    };
    directory.retry(make).await
}

fn insert<E: Entity>(entity: &mut E, arn: &Arn) -> Result<(), AccessError> {
    entity.managed_policies_mut().insert(arn.clone());
    if entity.managed_policies().len() <= POLICIES_MAX {
        return Ok(());
    }
    let quota = match E::KIND {
        EntityKind::Group => "PoliciesPerGroup",
        EntityKind::Role => "PoliciesPerRole",
        EntityKind::User => "PoliciesPerUser",
    };
    Err(AccessError::Quota { quota, limit: POLICIES_MAX })
}

/// Detaches a policy.
pub(crate) async fn detach<E: Entity>(
    directory: &Directory,
    asked: &Asked<E>,
    policy: &str,
) -> Result<(), AccessError> {
    let arn = parse_arn(policy)?;
    let remove = |entity: &mut E| {
        let removed = entity.managed_policies_mut().remove(&arn);
        if removed { Ok(()) } else { Err(AccessError::NoSuchPolicy(arn.to_string())) }
    };
    asked.change(directory, remove).await
}

/// A page of the policies attached to the entity, under a path.
pub(crate) async fn list<E: Entity>(
    directory: &Directory,
    asked: &Asked<E>,
    path_prefix: Option<&str>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<Page<AttachedPolicy>, AccessError> {
    let prefix = path_prefix.unwrap_or("/");
    check_path_prefix(prefix)?;
    let (_, found) = asked.find(directory).await?;
    let under = |arn: &&Arn| {
        let path = arn.resource().strip_prefix("policy");
        path.is_some_and(|path| is_under(path, prefix))
    };
    let arns = found.record.managed_policies().iter().filter(under);
    let page = page(arns, ToString::to_string, marker, max_items);
    Ok(Page { items: page.items.into_iter().map(described).collect(), marker: page.marker })
}

/// Whether what has this path and name is under a path.
fn is_under(path_and_name: &str, prefix: &str) -> bool {
    let end = path_and_name.rfind('/').map_or(0, |slash| slash + 1);
    path_and_name.get(..end).is_some_and(|path| path.starts_with(prefix))
}

fn described(arn: &Arn) -> AttachedPolicy {
    AttachedPolicy {
        policy_arn: Some(arn.to_string()),
        policy_name: arn.resource().rsplit('/').next().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::role;

    #[test]
    fn an_entity_has_at_most_ten_policies_and_one_of_them_again_is_no_eleventh() {
        let arn = |n: usize| format!("arn:aws:iam::123456789012:policy/p{n}").parse().unwrap();
        let mut role = role("/", "r");
        for n in 0..10 {
            insert(&mut role, &arn(n)).unwrap();
        }
        insert(&mut role, &arn(0)).unwrap();
        let refused = insert(&mut role.clone(), &arn(10));
        assert!(
            matches!(refused, Err(AccessError::Quota { quota: "PoliciesPerRole", limit: 10 })),
            "{refused:?}"
        );
    }

    #[test]
    fn a_path_prefix_is_of_the_path_and_not_of_the_name() {
        assert!(is_under("/app/x", "/"));
        assert!(is_under("/app/x", "/app/"));
        assert!(is_under("/app/x", "/ap"));
        assert!(!is_under("/app/x", "/app/x"));
        assert!(!is_under("/app", "/app"));
    }
}
