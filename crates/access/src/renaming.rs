//! New names and paths for users and groups. Ids, policies, memberships and access keys stay.

use directory::{Change, Directory, entity_arn};
use gate::{Authorized, Need, On};

use crate::{
    entities::{asked, need},
    error::AccessError,
    named::Named,
    names::{check_entity_name, check_path},
};

/// What a request needs that gives the entity `old` another name or path: the action on what it is now.
pub(crate) fn needs<E: Named>(
    action: &'static str,
    old: &str,
    name: Option<&str>,
    path: Option<&str>,
) -> Result<Vec<Need>, AccessError> {
    name.map_or(Ok(()), |name| check_entity_name(E::KIND, name))?;
    path.map_or(Ok(()), check_path)?;
    Ok(vec![need::<E>(action, old)?])
}

/// Gives the entity `old` another name or path, if the caller may do the action to what it becomes too:
/// under which path that is, is known only now.
pub(crate) async fn rename<E: Named, O: wire::Operation>(
    directory: &Directory,
    request: &Authorized<O>,
    action: &'static str,
    old: &str,
    name: Option<&str>,
    path: Option<&str>,
) -> Result<(), AccessError> {
    let asked = &asked::<E, O>(request, old)?;
    let (_, found) = asked.find(directory).await?;
    let (name, path) = (name.unwrap_or(found.record.name()), path.unwrap_or(found.record.path()));
    let arn = entity_arn(E::KIND, &asked.owner, path, name);
    if arn != found.record.arn(&asked.owner)
        && !request.may(&Need::new(action, On::Own(arn.clone()))).await
    {
        let caller = request.caller().principal.display_arn();
        return Err(AccessError::NotAllowed { caller, action, resource: arn.to_string() });
    }
    let make = || async move {
        let (key, found) = asked.find(directory).await?;
        let taken = E::by_name(directory, &asked.owner, name).await?;
        if taken.is_some_and(|(_, other)| other.record.unique_id() != found.record.unique_id()) {
            return Err(AccessError::EntityExists { kind: E::KIND, name: name.to_owned() });
        }
        let mut entity = found.record.clone();
        entity.rename(name.to_owned(), path.to_owned());
        let mut change = Change::new();
        change.replace(&key, &found, &entity);
        Ok((change, ()))
    };
    directory.retry(make).await
}
