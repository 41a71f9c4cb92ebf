//! What the operations on roles, users and groups have in common.

use std::marker::PhantomData;

use directory::{Change, Directory, Entity, Found, Owner};
use gate::{Authorized, Caller, Need, NotTheTarget, On, Principal, Target};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{error::AccessError, names::check_entity_name};

/// What a policy document in a response is encoded with: all but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A policy document as IAM answers it (RFC 3986; IAM API Reference, `GetRolePolicy`).
pub(crate) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, ENCODED).to_string()
}

/// The caller's account; nothing of IAM has a region.
pub(crate) fn owner<O: wire::Operation>(request: &Authorized<O>) -> Result<Owner, AccessError> {
    request.owner().ok_or(AccessError::NoAccount)
}

/// The resource of an operation on the role, user or group of this name.
pub(crate) fn on<E: Entity>(name: &str) -> On {
    On::Entity(E::KIND, name.to_owned())
}

/// That an action may be done to the role, user or group of this name.
pub(crate) fn need<E: Entity>(action: &'static str, name: &str) -> Result<Need, AccessError> {
    check_entity_name(E::KIND, name)?;
    Ok(Need::new(action, on::<E>(name)))
}

/// The name of the user that is meant: the calling one if none is given.
pub(crate) fn user_name(caller: &Caller, given: Option<&str>) -> Result<String, AccessError> {
    match (given, &caller.principal) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, Principal::User(user)) => Ok(user.name.clone()),
        (None, _) => Err(AccessError::NoUserName),
    }
}

/// A role, user or group that is asked for by its name.
pub(crate) struct Asked<E> {
    pub(crate) owner: Owner,
    name: String,
    /// By which it was decided.
    target: Target,
    of: PhantomData<fn() -> E>,
}

/// The entity that a request asks for.
pub(crate) fn asked<E: Entity, O: wire::Operation>(
    request: &Authorized<O>,
    name: &str,
) -> Result<Asked<E>, AccessError> {
    let missing = || AccessError::NoSuchEntity { kind: E::KIND, name: name.to_owned() };
    let target = request.target(&on::<E>(name)).cloned().ok_or_else(missing)?;
    Ok(Asked { owner: owner(request)?, name: name.to_owned(), target, of: PhantomData })
}

impl<E: Entity> Asked<E> {
    /// What is answered if the entity is not there.
    fn missing(&self) -> AccessError {
        AccessError::NoSuchEntity { kind: E::KIND, name: self.name.clone() }
    }

    /// The entity as it is now.
    pub(crate) async fn find(
        &self,
        directory: &Directory,
    ) -> Result<(E::Key, Found<E>), AccessError> {
        let found = E::by_name(directory, &self.owner, &self.name).await?;
        let (key, found) = found.ok_or_else(|| self.missing())?;
        match self.target.check(&found.record, &self.owner) {
            Ok(()) => Ok((key, found)),
            Err(NotTheTarget::Another) => Err(self.missing()),
            Err(NotTheTarget::Changed) => Err(AccessError::Changed),
        }
    }

    /// Changes the entity.
    pub(crate) async fn change<T>(
        &self,
        directory: &Directory,
        edit: impl Fn(&mut E) -> Result<T, AccessError> + Sync,
    ) -> Result<T, AccessError> {
        let edit = &edit;
        let make = || async move {
            let (key, found) = self.find(directory).await?;
            let mut entity = found.record.clone();
            let value = edit(&mut entity)?;
            let mut change = Change::new();
            change.replace(&key, &found, &entity);
            Ok((change, value))
        };
        directory.retry(make).await
    }
}

#[cfg(test)]
mod tests {
    use directory::{Error as DirectoryError, Role};

    use super::*;
    use crate::testing::{World, role};

    #[test]
    fn documents_are_encoded_as_aws_does() {
        assert_eq!(
            encoded("{\"Version\": \"2012-10-17\",\n\"Id\": \"a.b_c~d*+ü\"}"),
            "%7B%22Version%22%3A%20%222012-10-17%22%2C%0A%22Id%22%3A%20%22a.b_c~d%2A%2B%C3%BC%22%7D"
        );
    }

    #[tokio::test]
    async fn a_role_is_one_name_in_an_account_whatever_its_case_and_the_region() {
        let world = World::new();
        let owner = world.owner("123456789012", "us-east-1");
        world.add(&owner, &role("/app/", "Admin")).await.unwrap();
        let again = world.add(&owner, &role("/", "ADMIN")).await;
        assert!(matches!(again, Err(DirectoryError::Conflict)));
        for (region, name) in
            [("us-east-1", "Admin"), ("us-east-1", "admin"), ("eu-west-1", "aDMIN")]
        {
            let owner = world.owner("123456789012", region);
            let (_, found) = Role::by_name(&world.directory, &owner, name).await.unwrap().unwrap();
            assert_eq!(found.record.name, "Admin");
            let arn = "arn:aws:iam::123456789012:role/app/Admin";
            assert_eq!(found.record.arn(&owner).as_str(), arn);
        }
        let other = world.owner("210987654321", "us-east-1");
        assert!(Role::by_name(&world.directory, &other, "Admin").await.unwrap().is_none());
        world.add(&other, &role("/", "admin")).await.unwrap();
    }
}
