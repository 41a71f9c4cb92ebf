//! The policies that are written into a role, user or group.

use directory::{Directory, Entity, EntityKind};
use iam::limits;

use crate::{
    documents::check_identity_policy,
    entities::{Asked, encoded},
    error::AccessError,
    paging::{Page, page},
};

/// Writes a policy into the entity, or another one in the place of that name.
pub(crate) async fn put<E: Entity>(
    directory: &Directory,
    asked: &Asked<E>,
    name: &str,
    document: &str,
) -> Result<(), AccessError> {
    check_identity_policy(document)?;
    asked.change(directory, |entity| insert(entity, name, document)).await
}

fn insert<E: Entity>(entity: &mut E, name: &str, document: &str) -> Result<(), AccessError> {
    entity.inline_policies_mut().insert(name.to_owned(), document.to_owned());
    let texts = entity.inline_policies().values();
    let length: usize = texts.map(|text| limits::characters(text)).sum();
    let limit = match E::KIND {
        EntityKind::Group => limits::GROUP_INLINE_POLICIES,
        EntityKind::Role => limits::ROLE_INLINE_POLICIES,
        EntityKind::User => limits::USER_INLINE_POLICIES,
    };
    if length > limit {
        let name = entity.name().to_owned();
        return Err(AccessError::PoliciesTooLong { limit, kind: E::KIND, name });
    }
    Ok(())
}

/// The document of this name, as responses have it.
pub(crate) async fn get<E: Entity>(
    directory: &Directory,
    asked: &Asked<E>,
    name: &str,
) -> Result<String, AccessError> {
    let (_, found) = asked.find(directory).await?;
    let document = found.record.inline_policies().get(name);
    document.map(|text| encoded(text)).ok_or_else(|| missing::<E>(name))
}

/// Takes the policy of this name out of the entity.
pub(crate) async fn delete<E: Entity>(
    directory: &Directory,
    asked: &Asked<E>,
    name: &str,
) -> Result<(), AccessError> {
    let remove = |entity: &mut E| {
        let removed = entity.inline_policies_mut().remove(name);
        removed.map(drop).ok_or_else(|| missing::<E>(name))
    };
    asked.change(directory, remove).await
}

/// A page of the names of the entity's policies.
pub(crate) async fn list<E: Entity>(
    directory: &Directory,
    asked: &Asked<E>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<Page<String>, AccessError> {
    let (_, found) = asked.find(directory).await?;
    let names = found.record.inline_policies().keys().cloned();
    Ok(page(names, String::clone, marker, max_items))
}

fn missing<E: Entity>(name: &str) -> AccessError {
    AccessError::NoSuchInlinePolicy { kind: E::KIND, name: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::role;

    #[test]
    fn all_inline_policies_together_have_a_limit_and_white_space_does_not_count() {
        let mut role = role("/", "r");
        insert(&mut role, "a", &"x".repeat(10_000)).unwrap();
        insert(&mut role, "b", &format!("{}{}", "y".repeat(240), " \n\t".repeat(5000))).unwrap();
        let refused = insert(&mut role.clone(), "c", "z");
        assert!(matches!(refused, Err(AccessError::PoliciesTooLong { limit: 10_240, .. })));
        insert(&mut role, "a", "shorter than before").unwrap();
        insert(&mut role, "c", "z").unwrap();
        assert_eq!(role.inline_policies.len(), 3);
    }
}
