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

/// A pool as it was found, in which identities are looked for and made.
pub(crate) struct Identities<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) key: &'a IdentityPoolKey,
    pub(crate) pool: &'a Found<IdentityPool>,
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
                None => self.make(&mut change, logins, now, entropy),
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
        let mut change = Change::new();
        let id = self.make(&mut change, &BTreeMap::new(), now, entropy);
        self.directory.commit(change).await?;
        Ok(id)
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

    fn make(
        &self,
        change: &mut Change,
        logins: &BTreeMap<String, String>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> IdentityId {
        let id = IdentityId::random(self.key.id.region(), entropy);
        let identity =
            Identity { id: id.clone(), logins: logins.clone(), created: now, last_modified: now };
        // Not into a pool that is being deleted, nor into one that no longer takes guests.
        change.require_unchanged(self.pool);
        change.create(&self.identity_key(&id), &identity);
        id
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
