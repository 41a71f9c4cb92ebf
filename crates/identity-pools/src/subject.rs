//! Whom an unsigned request is about: an identity, its pool, and the logins that prove it.

use std::collections::BTreeMap;

use directory::{
    Directory, Error as DirectoryError, Identity, IdentityKey, IdentityPool, IdentityPoolKey,
    PublicId,
};
use gate::Authorized;
use types::IdentityId;

use crate::{
    IdentityPools,
    ids::{identity_id, pool_id},
    login::{self, CheckedLogin, Logins},
    login_error::LoginError,
};

/// An identity that the caller has shown to be, or a guest's, which whoever knows its id may be.
pub(crate) struct Subject {
    pub(crate) key: IdentityPoolKey,
    pub(crate) pool: IdentityPool,
    pub(crate) identity: Identity,
    /// Empty for a guest.
    pub(crate) logins: Vec<CheckedLogin>,
}

/// The identity pool of that public id.
pub(crate) async fn find_pool<O: wire::Operation>(
    directory: &Directory,
    request: &Authorized<O>,
    id: &str,
) -> Result<(IdentityPoolKey, IdentityPool), LoginError> {
    let missing = || LoginError::NoSuchPool(id.to_owned());
    let pool = pool_id(id)?.ok_or_else(missing)?;
    let found = request.public_owner(PublicId::IdentityPool(pool.clone())).await?;
    let (owner, _) = found.ok_or_else(missing)?;
    let key = IdentityPoolKey { owner, id: pool };
    let found = directory.get::<IdentityPool>(&key).await?.ok_or_else(missing)?;
    Ok((key, found.record))
}

/// The identity of that public id, with its pool. None if there is none, or no longer its pool.
pub(crate) async fn find_identity<O: wire::Operation>(
    directory: &Directory,
    request: &Authorized<O>,
    id: &IdentityId,
) -> Result<Option<(IdentityPoolKey, IdentityPool, Identity)>, DirectoryError> {
    let found = request.public_owner(PublicId::Identity(id.clone())).await?;
    let Some((owner, public)) = found else { return Ok(None) };
    let Ok(pool) = public.pool.parse() else { return Ok(None) };
    let key = IdentityPoolKey { owner, id: pool };
    let Some(pool) = directory.get::<IdentityPool>(&key).await? else { return Ok(None) };
    let identity = IdentityKey { owner: key.owner.clone(), pool: key.id.clone(), id: id.clone() };
    let identity = directory.get::<Identity>(&identity).await?;
    Ok(identity.map(|identity| (key, pool.record, identity.record)))
}

/// The identity of that id, if the logins are its own, or if it is a guest and guests are let in.
///
/// # Errors
/// There is no such identity, or the caller has not shown to be it.
pub(crate) async fn prove<O: wire::Operation>(
    pools: &IdentityPools,
    request: &Authorized<O>,
    id: &str,
    logins: Option<&Logins>,
) -> Result<Subject, LoginError> {
    let missing = || LoginError::NoSuchIdentity(id.to_owned());
    let id = identity_id(id)?.ok_or_else(missing)?;
    let found = find_identity(&pools.directory, request, &id).await?;
    let (key, pool, identity) = found.ok_or_else(missing)?;
    let none = Logins::new();
    let logins = logins.unwrap_or(&none);
    let logins = login::check(pools, request, &key.owner, &pool, logins).await?;
    let subjects = logins.iter().map(|login| (login.provider.clone(), login.subject())).collect();
    check_own(&pool, &identity, &subjects)?;
    Ok(Subject { key, pool, identity, logins })
}

/// Whether these logins, already checked, are the identity's.
fn check_own(
    pool: &IdentityPool,
    identity: &Identity,
    logins: &BTreeMap<String, String>,
) -> Result<(), LoginError> {
    if logins.is_empty() {
        if !identity.logins.is_empty() {
            return Err(LoginError::LoginMissing(identity.id.to_string()));
        }
        if !pool.allow_unauthenticated_identities {
            return Err(LoginError::NoGuests);
        }
        return Ok(());
    }
    let own = |(provider, subject): (&String, &String)| {
        identity.logins.get(provider).is_some_and(|known| known == subject)
    };
    if logins.iter().all(own) { Ok(()) } else { Err(LoginError::AnothersLogin) }
}

#[cfg(test)]
mod tests {
    use directory::IdentityPoolRoles;
    use types::Timestamp;
    use wire::Fault;

    use super::*;

    fn logins(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    fn outcome(guests: bool, own: &[(&str, &str)], given: &[(&str, &str)]) -> String {
        let pool = IdentityPool {
            id: "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap(),
            name: "pool".to_owned(),
            allow_unauthenticated_identities: guests,
            allow_classic_flow: None,
            providers: Vec::new(),
            roles: IdentityPoolRoles::default(),
            tags: BTreeMap::new(),
        };
        let identity = Identity {
            id: "us-east-1:7c9e6679-7425-40de-944b-e07fc1f90ae7".parse().unwrap(),
            logins: logins(own),
            created: Timestamp::UNIX_EPOCH,
            last_modified: Timestamp::UNIX_EPOCH,
        };
        match check_own(&pool, &identity, &logins(given)) {
            Ok(()) => "allowed".to_owned(),
            Err(error) => Fault::from(error).to_string(),
        }
    }

    #[test]
    fn an_identity_is_proved_by_its_own_logins_only() {
        const MISMATCH: &str = "NotAuthorizedException (400): Logins don't match. Please include at \
                                least one valid login for this identity or identity pool.";
        const FORBIDDEN: &str = "NotAuthorizedException (400): Access to Identity \
                                 'us-east-1:7c9e6679-7425-40de-944b-e07fc1f90ae7' is forbidden.";
        const NO_GUESTS: &str = "NotAuthorizedException (400): Unauthenticated access is not \
                                 supported for this identity pool.";
        for guests in [true, false] {
            assert_eq!(outcome(guests, &[("a", "1")], &[("a", "1")]), "allowed");
            assert_eq!(outcome(guests, &[("a", "1"), ("b", "2")], &[("b", "2")]), "allowed");
            assert_eq!(outcome(guests, &[("a", "1")], &[("a", "2")]), MISMATCH);
            assert_eq!(outcome(guests, &[("a", "1")], &[("b", "1")]), MISMATCH);
            // One's own login does not carry another's along.
            assert_eq!(outcome(guests, &[("a", "1")], &[("a", "1"), ("b", "2")]), MISMATCH);
            assert_eq!(outcome(guests, &[("a", "1")], &[]), FORBIDDEN);
            // A guest's identity is not taken over by whoever knows its id.
            assert_eq!(outcome(guests, &[], &[("a", "1")]), MISMATCH);
        }
        assert_eq!(outcome(true, &[], &[]), "allowed");
        assert_eq!(outcome(false, &[], &[]), NO_GUESTS);
    }
}
