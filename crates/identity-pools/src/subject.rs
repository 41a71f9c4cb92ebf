//! Whom an unsigned request is about: an identity, its pool, and the logins that prove it.

use directory::{
    Directory, Error as DirectoryError, Identity, IdentityKey, IdentityPool, IdentityPoolKey,
    PublicId,
};
use gate::Authorized;
use types::IdentityId;

use crate::{
    IdentityPools,
    identities::{Asker, Identities},
    ids::{identity_id, pool_id},
    login::{self, CheckedLogins, Logins},
    login_error::LoginError,
};

/// An identity that the caller has shown to be, or a guest's, which whoever knows its id may be.
pub(crate) struct Subject {
    pub(crate) key: IdentityPoolKey,
    pub(crate) pool: IdentityPool,
    pub(crate) identity: Identity,
    /// Empty for a guest.
    pub(crate) logins: CheckedLogins,
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

/// The pool that the identity of that public id is of. None if there is none, or no longer its pool.
pub(crate) async fn find_pool_of<O: wire::Operation>(
    directory: &Directory,
    request: &Authorized<O>,
    id: &IdentityId,
) -> Result<Option<(IdentityPoolKey, IdentityPool)>, DirectoryError> {
    let found = request.public_owner(PublicId::Identity(id.clone())).await?;
    let Some((owner, public)) = found else { return Ok(None) };
    let Ok(pool) = public.pool.parse() else { return Ok(None) };
    let key = IdentityPoolKey { owner, id: pool };
    let pool = directory.get::<IdentityPool>(&key).await?;
    Ok(pool.map(|pool| (key, pool.record)))
}

/// The identity of that public id as it is remembered, with its pool.
pub(crate) async fn find_identity<O: wire::Operation>(
    directory: &Directory,
    request: &Authorized<O>,
    id: &IdentityId,
) -> Result<Option<(IdentityPoolKey, IdentityPool, Identity)>, DirectoryError> {
    let Some((key, pool)) = find_pool_of(directory, request, id).await? else { return Ok(None) };
    let identity = IdentityKey { owner: key.owner.clone(), pool: key.id.clone(), id: id.clone() };
    let identity = directory.get::<Identity>(&identity).await?;
    Ok(identity.map(|identity| (key, pool, identity.record)))
}

/// What an unsigned request says of an identity: its pool, and logins that are checked but not
/// compared with it yet.
pub(crate) struct Claim {
    pub(crate) key: IdentityPoolKey,
    pub(crate) pool: IdentityPool,
    pub(crate) id: IdentityId,
    pub(crate) logins: CheckedLogins,
}

/// Finds the pool of an identity, and checks the logins that are to prove it.
///
/// # Errors
/// There is no such identity, or a login is not good.
pub(crate) async fn claim<O: wire::Operation>(
    pools: &IdentityPools,
    request: &Authorized<O>,
    id: &str,
    logins: Option<&Logins>,
) -> Result<Claim, LoginError> {
    let missing = || LoginError::NoSuchIdentity(id.to_owned());
    let id = identity_id(id)?.ok_or_else(missing)?;
    let found = find_pool_of(&pools.directory, request, &id).await?;
    let (key, pool) = found.ok_or_else(missing)?;
    let none = Logins::new();
    let logins = login::check(pools, request, &key, &pool, logins.unwrap_or(&none)).await?;
    Ok(Claim { key, pool, id, logins })
}

impl Claim {
    /// The identities of the pool, as a person sees them.
    pub(crate) fn identities<'a>(&'a self, pools: &'a IdentityPools) -> Identities<'a> {
        Identities {
            directory: &pools.directory,
            key: &self.key,
            pool: &self.pool,
            asker: Asker::Person,
        }
    }

    /// The identity, if one of the logins is its own, or if it is a guest and guests are let in.
    /// Logins that come along are linked to it.
    ///
    /// # Errors
    /// The caller has not shown to be it.
    pub(crate) async fn prove(self, pools: &IdentityPools) -> Result<Subject, LoginError> {
        let (subjects, now) = (self.logins.subjects(), pools.clock.now());
        let identity = self.identities(pools).prove(&self.id, &subjects, now).await?;
        Ok(Subject { key: self.key, pool: self.pool, identity, logins: self.logins })
    }
}
