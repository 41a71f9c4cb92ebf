//! What roles, users and groups have in common: inline policies, attached ones, boundaries and tags,
//! brought from what they were to what they are to be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use wire::iam;

use crate::resource::{Failure, Kind, Properties, Property, Step, gone, texts};

/// `Policies` of a role, user or group.
pub(super) const INLINE: Kind = Kind::List(&Kind::Object(&[
    Property::new("PolicyDocument", Kind::Document).required(),
    Property::text("PolicyName").required(),
]));

/// Whom policies are put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Entity {
    Role,
    User,
    Group,
}

/// Brings inline and attached policies to what they are to be. `before` is empty for a new entity.
pub(super) async fn settle(
    step: &Step<'_>,
    entity: Entity,
    name: &str,
    before: &Properties,
) -> Result<(), Failure> {
    let (old, new) = (inline(before), inline(step.properties));
    for (policy, document) in &new {
        if old.get(policy) != Some(document) {
            put(step, entity, name, policy, document).await?;
        }
    }
    let attached = |properties| -> BTreeSet<String> {
        texts(properties, "ManagedPolicyArns").into_iter().map(str::to_owned).collect()
    };
    let (were, are) = (attached(before), attached(step.properties));
    for arn in are.difference(&were) {
        attach(step, entity, name, arn).await?;
    }
    for arn in were.difference(&are) {
        detach(step, entity, name, arn).await?;
    }
    for policy in old.keys().filter(|policy| !new.contains_key(*policy)) {
        remove(step, entity, name, policy).await?;
    }
    Ok(())
}

/// Takes away the policies that the template gave the entity, so that it can be deleted.
pub(super) async fn clear(step: &Step<'_>, entity: Entity, name: &str) -> Result<(), Failure> {
    for policy in inline(step.properties).keys() {
        remove(step, entity, name, policy).await?;
    }
    for arn in texts(step.properties, "ManagedPolicyArns") {
        detach(step, entity, name, arn).await?;
    }
    Ok(())
}

/// Inline policies by name.
fn inline(properties: &Properties) -> BTreeMap<String, String> {
    let policies = properties.get("Policies").and_then(Json::as_array);
    let policy = |policy: &Json| {
        let name = policy.get("PolicyName")?.as_str()?.to_owned();
        Some((name, policy.get("PolicyDocument")?.to_string()))
    };
    policies.into_iter().flatten().filter_map(policy).collect()
}

/// Puts an inline policy on an entity.
pub(super) async fn put(
    step: &Step<'_>,
    entity: Entity,
    name: &str,
    policy: &str,
    document: &str,
) -> Result<(), Failure> {
    let more = [("PolicyName", policy), ("PolicyDocument", document)];
    match entity {
        Entity::Role => form::<iam::PutRolePolicy>(step, "RoleName", name, &more).await.map(drop),
        Entity::User => form::<iam::PutUserPolicy>(step, "UserName", name, &more).await.map(drop),
        Entity::Group => {
            form::<iam::PutGroupPolicy>(step, "GroupName", name, &more).await.map(drop)
        }
    }
}

/// Takes an inline policy from an entity.
pub(super) async fn remove(
    step: &Step<'_>,
    entity: Entity,
    name: &str,
    policy: &str,
) -> Result<(), Failure> {
    let more = [("PolicyName", policy)];
    gone(match entity {
        Entity::Role => {
            form::<iam::DeleteRolePolicy>(step, "RoleName", name, &more).await.map(drop)
        }
        Entity::User => {
            form::<iam::DeleteUserPolicy>(step, "UserName", name, &more).await.map(drop)
        }
        Entity::Group => {
            form::<iam::DeleteGroupPolicy>(step, "GroupName", name, &more).await.map(drop)
        }
    })
}

/// Attaches a managed policy to an entity.
pub(super) async fn attach(
    step: &Step<'_>,
    entity: Entity,
    name: &str,
    arn: &str,
) -> Result<(), Failure> {
    let more = [("PolicyArn", arn)];
    match entity {
        Entity::Role => {
            form::<iam::AttachRolePolicy>(step, "RoleName", name, &more).await.map(drop)
        }
        Entity::User => {
            form::<iam::AttachUserPolicy>(step, "UserName", name, &more).await.map(drop)
        }
        Entity::Group => {
            form::<iam::AttachGroupPolicy>(step, "GroupName", name, &more).await.map(drop)
        }
    }
}

/// Detaches a managed policy from an entity.
pub(super) async fn detach(
    step: &Step<'_>,
    entity: Entity,
    name: &str,
    arn: &str,
) -> Result<(), Failure> {
    let more = [("PolicyArn", arn)];
    gone(match entity {
        Entity::Role => {
            form::<iam::DetachRolePolicy>(step, "RoleName", name, &more).await.map(drop)
        }
        Entity::User => {
            form::<iam::DetachUserPolicy>(step, "UserName", name, &more).await.map(drop)
        }
        Entity::Group => {
            form::<iam::DetachGroupPolicy>(step, "GroupName", name, &more).await.map(drop)
        }
    })
}

async fn form<P: wire::Operation>(
    step: &Step<'_>,
    member: &str,
    name: &str,
    more: &[(&str, &str)],
) -> Result<P::Output, Failure> {
    let members: Vec<_> = [(member, name)].into_iter().chain(more.iter().copied()).collect();
    step.form::<P>(&members).await
}

/// Labels as the members of a form.
pub(super) fn tag_members(tags: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let member = |(at, (key, value)): (usize, (&String, &String))| {
        let at = at + 1;
        [
            (format!("Tags.member.{at}.Key"), key.clone()),
            (format!("Tags.member.{at}.Value"), value.clone()),
        ]
    };
    tags.iter().enumerate().flat_map(member).collect()
}

/// Which labels to set and which keys to take away.
pub(super) fn tag_changes(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> (BTreeMap<String, String>, Vec<(String, String)>) {
    let set = after.iter().filter(|(key, value)| before.get(*key) != Some(value));
    let unset = before.keys().filter(|key| !after.contains_key(*key));
    let unset =
        unset.enumerate().map(|(at, key)| (format!("TagKeys.member.{}", at + 1), key.clone()));
    (set.map(|(key, value)| (key.clone(), value.clone())).collect(), unset.collect())
}

/// Pairs that own their texts, as the members of a form.
pub(super) fn borrowed<'a>(
    first: &[(&'a str, &'a str)],
    more: &'a [(String, String)],
) -> Vec<(&'a str, &'a str)> {
    let more = more.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    first.iter().copied().chain(more).collect()
}
