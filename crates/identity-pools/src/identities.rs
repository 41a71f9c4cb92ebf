//! Which identity a person has, and the making of new ones.

use std::collections::{BTreeMap, BTreeSet};

use directory::{
    Change, Directory, Error as DirectoryError, Found, Identity, IdentityKey, IdentityPool,
    IdentityPoolKey, Login, LoginKey,
};
use types::{Entropy, IdentityId, Timestamp};

use crate::login_error::LoginError;

/// How often an identity that somebody else makes or changes at the same moment is looked for.
const ATTEMPTS: usize = 16;

/// The identities of a pool, for a request that was checked against the pool as it was then.
pub(crate) struct Identities<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) key: &'a IdentityPoolKey,
    pub(crate) pool: &'a IdentityPool,
}

impl Identities<'_> {
    /// The one identity of whoever has these logins (subjects by provider); a new one if there is
    /// none. A login that is not yet of that identity becomes so.
    ///
    /// Who comes first makes it: its index entries must be free, so that of many that try at the same
    /// time, on whatever node, one succeeds and the others find what it made.
    ///
    /// # Errors
    /// The logins are of several identities.
    pub(crate) async fn of(
        &self,
        logins: &BTreeMap<String, String>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<IdentityId, LoginError> {
        for _ in 0..ATTEMPTS {
            let mut change = Change::new();
            let known = self.known(logins).await?;
            let id = match known.first() {
                None => self.make(&mut change, logins, now, entropy).await?,
                Some(_) if known.len() > 1 => return Err(LoginError::SeveralIdentities),
                Some(id) => {
                    let Some(found) = self.find(id).await? else {
                        // Deleted between two reads.
                        continue;
                    };
                    if !self.link(&mut change, &found, logins, now)? {
                        return Ok(id.clone());
                    }
                    id.clone()
                }
            };
            match self.directory.commit(change).await {
                Ok(_) => return Ok(id),
                Err(DirectoryError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(DirectoryError::Conflict.into())
    }

    /// A new identity of nobody known.
    pub(crate) async fn guest(
        &self,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<IdentityId, LoginError> {
        for _ in 0..ATTEMPTS {
            let mut change = Change::new();
            let id = self.make(&mut change, &BTreeMap::new(), now, entropy).await?;
            match self.directory.commit(change).await {
                Ok(_) => return Ok(id),
                Err(DirectoryError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(DirectoryError::Conflict.into())
    }

    async fn find(&self, id: &IdentityId) -> Result<Option<Found<Identity>>, DirectoryError> {
        self.directory.get::<Identity>(&self.identity_key(id)).await
    }

    /// The identities that these logins have so far.
    async fn known(
        &self,
        logins: &BTreeMap<String, String>,
    ) -> Result<BTreeSet<IdentityId>, DirectoryError> {
        let mut known = BTreeSet::new();
        for (provider, subject) in logins {
            let key = LoginKey {
                owner: self.key.owner.clone(),
                pool: self.key.id.clone(),
                provider: provider.clone(),
                subject: subject.clone(),
            };
            known.extend(
                self.directory.get::<Login>(&key).await?.map(|found| found.record.identity),
            );
        }
        Ok(known)
    }

    async fn make(
        &self,
        change: &mut Change,
        logins: &BTreeMap<String, String>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<IdentityId, LoginError> {
        let id = IdentityId::random(self.key.id.region(), entropy);
        let identity =
            Identity { id: id.clone(), logins: logins.clone(), created: now, last_modified: now };
        change.require_unchanged(&self.pool_now().await?);
        change.create(&self.identity_key(&id), &identity);
        Ok(id)
    }

    /// The pool as it is now. It must still be there, and take whom it took when the request was
    /// checked; its name or roles may have changed.
    async fn pool_now(&self) -> Result<Found<IdentityPool>, LoginError> {
        let found = self.directory.get::<IdentityPool>(self.key).await?;
        let found = found.ok_or_else(|| LoginError::NoSuchPool(self.key.id.to_string()))?;
        let (now, then) = (&found.record, self.pool);
        let same = now.providers == then.providers
            && now.allow_unauthenticated_identities == then.allow_unauthenticated_identities;
        if same { Ok(found) } else { Err(DirectoryError::Conflict.into()) }
    }

    /// Adds the logins that the identity does not have yet. Whether there were any.
    fn link(
        &self,
        change: &mut Change,
        found: &Found<Identity>,
        logins: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<bool, LoginError> {
        let mut identity = found.record.clone();
        let mut linked = false;
        for (provider, subject) in logins {
            match identity.logins.get(provider) {
                Some(own) if own == subject => {}
                // Somebody else of the same user pool.
                Some(_) => return Err(LoginError::SeveralIdentities),
                None => {
                    identity.logins.insert(provider.clone(), subject.clone());
                    linked = true;
                }
            }
        }
        identity.last_modified = now;
        change.replace(&self.identity_key(&found.record.id), found, &identity);
        Ok(linked)
    }

    fn identity_key(&self, id: &IdentityId) -> IdentityKey {
        IdentityKey { owner: self.key.owner.clone(), pool: self.key.id.clone(), id: id.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use directory::{IdentityPoolRoles, OwnerAuthority, PublicId, PublicResource};
    use store::{Records, SqliteRecords};
    use tempfile::TempDir;
    use tokio::task::JoinSet;
    use types::{Clock, ManualClock, SeededEntropy};

    use super::*;

    /// A directory in a file of its own, with one pool.
    struct World {
        _folder: TempDir,
        directory: Directory,
        key: IdentityPoolKey,
        pool: IdentityPool,
    }

    impl World {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
            let path = folder.path().join("directory.db");
            let records: Arc<dyn Records> =
                Arc::new(SqliteRecords::open(&path, directory::SPACES, clock).unwrap());
            let (directory, authority) = Directory::open(records);
            let key = pool_key(&authority, "123456789012");
            let mut change = Change::new();
            change.create(&key, &pool(&key));
            directory.commit(change).await.unwrap();
            Self { _folder: folder, directory, pool: pool(&key), key }
        }

        fn identities(&self) -> Identities<'_> {
            Identities { directory: &self.directory, key: &self.key, pool: &self.pool }
        }

        async fn of(&self, logins: &[(&str, &str)], seed: u64) -> Result<IdentityId, LoginError> {
            let now = Timestamp::from_second(i64::try_from(seed).unwrap()).unwrap();
            self.identities().of(&pairs(logins), now, &SeededEntropy::new(seed)).await
        }

        async fn identity(&self, id: &IdentityId) -> Identity {
            self.identities().find(id).await.unwrap().unwrap().record
        }
    }

    fn pool_key(authority: &OwnerAuthority, account: &str) -> IdentityPoolKey {
        IdentityPoolKey {
            owner: authority.owner(account.parse().unwrap(), "us-east-1".parse().unwrap()),
            id: "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap(),
        }
    }

    fn pool(key: &IdentityPoolKey) -> IdentityPool {
        IdentityPool {
            id: key.id.clone(),
            name: "pool".to_owned(),
            allow_unauthenticated_identities: true,
            allow_classic_flow: None,
            providers: Vec::new(),
            roles: IdentityPoolRoles::default(),
            tags: BTreeMap::new(),
        }
    }

    fn pairs(logins: &[(&str, &str)]) -> BTreeMap<String, String> {
        logins.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn two_hundred_first_calls_for_one_person_find_one_identity() {
        let world = Arc::new(World::new().await);
        let mut calls = JoinSet::new();
        for seed in 1..=200 {
            let world = world.clone();
            calls.spawn(async move { world.of(&[("a", "1")], seed * 1000).await.unwrap() });
        }
        let ids: BTreeSet<IdentityId> = calls.join_all().await.into_iter().collect();
        assert_eq!(ids.len(), 1);
        // Nothing is left of those that came too late.
        let within = world.key.owner.regional_key();
        let all = world.directory.all::<Identity>(&within).await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(Some(&all[0].record.id), ids.first());
        let public = PublicId::Identity(all[0].record.id.clone());
        let public = world.directory.get::<PublicResource>(&public).await.unwrap().unwrap();
        assert_eq!(public.record.pool, world.key.id.to_string());
    }

    #[tokio::test]
    async fn another_person_and_every_guest_have_an_identity_of_their_own() {
        let world = World::new().await;
        let one = world.of(&[("a", "1")], 1).await.unwrap();
        assert_eq!(world.of(&[("a", "1")], 2).await.unwrap(), one);
        let others = [
            world.of(&[("a", "2")], 3).await.unwrap(),
            world.of(&[("b", "1")], 4).await.unwrap(),
            // Subjects differ byte for byte.
            world.of(&[("a", "1 ")], 5).await.unwrap(),
            world.identities().guest(Timestamp::UNIX_EPOCH, &SeededEntropy::new(6)).await.unwrap(),
            world.identities().guest(Timestamp::UNIX_EPOCH, &SeededEntropy::new(7)).await.unwrap(),
        ];
        let distinct: BTreeSet<_> = others.iter().chain([&one]).collect();
        assert_eq!(distinct.len(), 6);
        assert!(world.identity(&others[4]).await.logins.is_empty());
    }

    #[tokio::test]
    async fn a_second_login_given_beside_the_first_leads_to_the_same_identity() {
        let world = World::new().await;
        let id = world.of(&[("a", "1")], 1).await.unwrap();
        assert_eq!(world.of(&[("a", "1"), ("b", "2")], 2).await.unwrap(), id);
        assert_eq!(world.of(&[("b", "2")], 3).await.unwrap(), id);
        let identity = world.identity(&id).await;
        assert_eq!(identity.logins, pairs(&[("a", "1"), ("b", "2")]));
        assert_eq!(identity.created, Timestamp::from_second(1).unwrap());
        assert_eq!(identity.last_modified, Timestamp::from_second(2).unwrap());
    }

    #[tokio::test]
    async fn logins_of_two_people_are_not_made_into_one() {
        let world = World::new().await;
        world.of(&[("a", "1"), ("b", "1")], 1).await.unwrap();
        world.of(&[("a", "2")], 2).await.unwrap();
        world.of(&[("c", "1")], 3).await.unwrap();
        let mixed = [[("a", "2"), ("b", "1")], [("a", "3"), ("b", "1")], [("a", "2"), ("c", "1")]];
        for logins in mixed {
            let refused = world.of(&logins, 3).await;
            assert!(matches!(refused, Err(LoginError::SeveralIdentities)), "{logins:?}");
        }
    }

    #[tokio::test]
    async fn a_change_of_roles_holds_nobody_up_and_a_change_of_whom_it_takes_does() {
        let world = World::new().await;
        let edit = async |edit: fn(&mut IdentityPool)| {
            let edited =
                world.directory.update::<IdentityPool, (), LoginError>(&world.key, |pool| {
                    edit(pool);
                    Ok(())
                });
            edited.await.unwrap().unwrap();
        };
        edit(|pool| pool.roles.authenticated = None).await;
        edit(|pool| pool.name.push('2')).await;
        let known = world.of(&[("a", "1")], 1).await.unwrap();
        edit(|pool| pool.allow_unauthenticated_identities = false).await;
        let guest = world.identities().guest(Timestamp::UNIX_EPOCH, &SeededEntropy::new(2)).await;
        assert!(matches!(guest, Err(LoginError::Directory(DirectoryError::Conflict))));
        let late = world.of(&[("a", "2")], 3).await;
        assert!(matches!(late, Err(LoginError::Directory(DirectoryError::Conflict))));
        assert_eq!(world.of(&[("a", "1")], 4).await.unwrap(), known);
    }

    #[tokio::test]
    async fn no_identity_is_made_in_a_pool_that_is_gone() {
        let world = World::new().await;
        let found = world.directory.get::<IdentityPool>(&world.key).await.unwrap().unwrap();
        let mut change = Change::new();
        change.delete(&world.key, &found);
        world.directory.commit(change).await.unwrap();
        assert!(matches!(world.of(&[("a", "2")], 2).await, Err(LoginError::NoSuchPool(_))));
        let guest = world.identities().guest(Timestamp::UNIX_EPOCH, &SeededEntropy::new(3)).await;
        assert!(matches!(guest, Err(LoginError::NoSuchPool(_))));
    }
}
