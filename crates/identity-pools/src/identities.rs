//! Which identity somebody has: finding it, making it, and making two one.

use directory::{
    Change, DEVELOPER_LOGINS, Directory, Error as DirectoryError, Found, Identity, IdentityKey,
    IdentityPool, IdentityPoolKey, IdentityState, Login, LoginKey,
};
use types::{Entropy, IdentityId, Timestamp};

use crate::{
    linking::{self, Subjects},
    login_error::LoginError,
};

/// How often an identity that somebody else makes or changes at the same moment is looked for.
const ATTEMPTS: usize = 16;

/// How far a merged identity is followed.
const MERGES_MAX: usize = 16;

/// Who asks for an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Somebody with logins, or a guest.
    Person,
    /// The application's own back end, at whose word a user of its sign-in is linked.
    Developer,
}

/// The identities of a pool, for a request that was checked against the pool as it was then.
pub(crate) struct Identities<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) key: &'a IdentityPoolKey,
    pub(crate) pool: &'a IdentityPool,
    pub(crate) asker: Asker,
}

/// What a request comes to: an identity, and what has to become true for that.
struct Step {
    identity: Identity,
    change: Option<Change>,
}

impl Identities<'_> {
    /// The one identity of whoever has these logins; a new one if there is none. A login that is not
    /// yet of that identity becomes so, and identities that turn out to be one person's become one.
    ///
    /// Who comes first makes it: its index entries must be free, so that of many that try at the same
    /// time, on whatever node, one succeeds and the others find what it made.
    ///
    /// # Errors
    /// The logins cannot be of one identity.
    pub(crate) async fn of(
        &self,
        subjects: &Subjects,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Identity, LoginError> {
        for _ in 0..ATTEMPTS {
            let known = self.known(subjects).await?;
            let step = if known.is_empty() {
                self.make(subjects, now, entropy).await?
            } else {
                self.unite(known, subjects, now)?
            };
            if let Some(identity) = self.taken(step).await? {
                return Ok(identity);
            }
        }
        Err(DirectoryError::Conflict.into())
    }

    /// A new identity of nobody known.
    pub(crate) async fn guest(
        &self,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Identity, LoginError> {
        for _ in 0..ATTEMPTS {
            let step = self.make(&Subjects::new(), now, entropy).await?;
            if let Some(identity) = self.taken(step).await? {
                return Ok(identity);
            }
        }
        Err(DirectoryError::Conflict.into())
    }

    /// The identity of this id, if one of the logins is its own; or, without logins, if it is a guest
    /// and guests are let in. A guest who brings logins becomes the person who has them.
    ///
    /// A login that nobody has yet is linked. One that another identity has makes the two one, and
    /// the answer is the one that goes on, which may have another id.
    ///
    /// # Errors
    /// There is no such identity, the caller has not shown to be it, or the logins cannot be of one.
    pub(crate) async fn prove(
        &self,
        id: &IdentityId,
        subjects: &Subjects,
        now: Timestamp,
    ) -> Result<Identity, LoginError> {
        for _ in 0..ATTEMPTS {
            let named = self.current(id).await?;
            self.check_proof(id, &named.record, subjects)?;
            if subjects.is_empty() {
                return Ok(named.record);
            }
            let mut known = self.known(subjects).await?;
            known.retain(|found| found.record.id != named.record.id);
            if self.asker == Asker::Developer {
                let user = subjects.get(DEVELOPER_LOGINS);
                let of =
                    |found: &Found<Identity>, user| found.record.developer_users.contains(user);
                if user.is_some_and(|user| known.iter().any(|found| of(found, user))) {
                    return Err(LoginError::DeveloperUserElsewhere);
                }
            }
            known.push(named);
            let step = self.unite(known, subjects, now)?;
            if let Some(identity) = self.taken(step).await? {
                return Ok(identity);
            }
        }
        Err(DirectoryError::Conflict.into())
    }

    /// Whether these logins would prove to be the identity of this id; nothing is linked.
    ///
    /// # Errors
    /// As [`Identities::prove`] has it.
    pub(crate) async fn check(
        &self,
        id: &IdentityId,
        subjects: &Subjects,
    ) -> Result<(), LoginError> {
        let named = self.current(id).await?;
        self.check_proof(id, &named.record, subjects)
    }

    /// Makes the identities of two developer-authenticated users one: that of `destination`. None if
    /// one of them has none.
    ///
    /// # Errors
    /// Their logins cannot be of one identity.
    pub(crate) async fn merge_developer_users(
        &self,
        source: &str,
        destination: &str,
        now: Timestamp,
    ) -> Result<Option<Identity>, LoginError> {
        for _ in 0..ATTEMPTS {
            let (Some(child), Some(parent)) =
                (self.of_developer_user(source).await?, self.of_developer_user(destination).await?)
            else {
                return Ok(None);
            };
            let same = child.record.id == parent.record.id;
            let children = if same { Vec::new() } else { vec![child] };
            let step = self.join(&parent, &children, &Subjects::new(), now)?;
            if let Some(identity) = self.taken(step).await? {
                return Ok(Some(identity));
            }
        }
        Err(DirectoryError::Conflict.into())
    }

    /// The identity of this id, or the one it became one with.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn current(&self, id: &IdentityId) -> Result<Found<Identity>, LoginError> {
        let missing = || LoginError::NoSuchIdentity(id.to_string());
        let mut next = id.clone();
        for _ in 0..MERGES_MAX {
            let found = self.find(&next).await?.ok_or_else(missing)?;
            match &found.record.state {
                IdentityState::MergedInto(parent) => next = parent.clone(),
                IdentityState::Active | IdentityState::Inaccessible => return Ok(found),
            }
        }
        Err(missing())
    }

    /// The identity that a developer-authenticated user has.
    pub(crate) async fn of_developer_user(
        &self,
        user: &str,
    ) -> Result<Option<Found<Identity>>, LoginError> {
        let subjects = Subjects::from([(DEVELOPER_LOGINS.to_owned(), user.to_owned())]);
        Ok(self.known(&subjects).await?.pop())
    }

    /// The key of an identity of this pool.
    pub(crate) fn identity_key(&self, id: &IdentityId) -> IdentityKey {
        IdentityKey { owner: self.key.owner.clone(), pool: self.key.id.clone(), id: id.clone() }
    }

    /// Whether the logins, already checked, show that the caller is this identity; `id` is what the
    /// caller calls it.
    fn check_proof(
        &self,
        id: &IdentityId,
        identity: &Identity,
        subjects: &Subjects,
    ) -> Result<(), LoginError> {
        let forbidden = || LoginError::LoginMissing(id.to_string());
        if identity.state == IdentityState::Inaccessible {
            return Err(forbidden());
        }
        if subjects.is_empty() {
            // An identity that became one with another cannot be had without a login any more.
            if !identity.has_no_login() || *id != identity.id {
                return Err(forbidden());
            }
            if !self.pool.allow_unauthenticated_identities {
                return Err(LoginError::NoGuests);
            }
            return Ok(());
        }
        let mut given = subjects.iter();
        let own = given.any(|(provider, subject)| linking::has(identity, provider, subject));
        if own || identity.has_no_login() { Ok(()) } else { Err(LoginError::AnothersLogin) }
    }

    async fn find(&self, id: &IdentityId) -> Result<Option<Found<Identity>>, DirectoryError> {
        self.directory.get::<Identity>(&self.identity_key(id)).await
    }

    /// The identities that these logins have so far, each once.
    async fn known(&self, subjects: &Subjects) -> Result<Vec<Found<Identity>>, DirectoryError> {
        let mut known: Vec<Found<Identity>> = Vec::new();
        for (provider, subject) in subjects {
            let key = LoginKey {
                owner: self.key.owner.clone(),
                pool: self.key.id.clone(),
                provider: provider.clone(),
                subject: subject.clone(),
            };
            let Some(login) = self.directory.get::<Login>(&key).await? else { continue };
            let id = login.record.identity;
            if known.iter().any(|found| found.record.id == id) {
                continue;
            }
            // Unlinked between the two reads, it is not the caller's to be made one with another.
            let found = self.find(&id).await?;
            known.extend(found.filter(|found| linking::has(&found.record, provider, subject)));
        }
        Ok(known)
    }

    async fn make(
        &self,
        subjects: &Subjects,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Step, LoginError> {
        let id = IdentityId::random(self.key.id.region(), entropy);
        let mut identity = Identity::new(id, Subjects::new(), now);
        self.check_linkable(&identity, subjects)?;
        linking::link(&mut identity, subjects)?;
        let mut change = Change::new();
        change.require_unchanged(&self.pool_now().await?);
        change.create(&self.identity_key(&identity.id), &identity);
        Ok(Step { identity, change: Some(change) })
    }

    /// The pool as it is now. It must still be there, and take whom it took when the request was
    /// checked; its name or roles may have changed.
    async fn pool_now(&self) -> Result<Found<IdentityPool>, LoginError> {
        let found = self.directory.get::<IdentityPool>(self.key).await?;
        let found = found.ok_or_else(|| LoginError::NoSuchPool(self.key.id.to_string()))?;
        let (now, then) = (&found.record, self.pool);
        let same = now.providers == then.providers
            && now.developer_provider == then.developer_provider
            && now.allow_unauthenticated_identities == then.allow_unauthenticated_identities;
        if same { Ok(found) } else { Err(DirectoryError::Conflict.into()) }
    }

    /// Makes all of these one person's. Of several, the oldest that has a login goes on; AWS does not
    /// say which.
    fn unite(
        &self,
        mut known: Vec<Found<Identity>>,
        subjects: &Subjects,
        now: Timestamp,
    ) -> Result<Step, LoginError> {
        known.sort_by(|one, other| {
            let rank =
                |found: &Found<Identity>| (found.record.has_no_login(), found.record.created);
            rank(one).cmp(&rank(other)).then_with(|| one.record.id.cmp(&other.record.id))
        });
        let (parent, children) = known.split_first().ok_or(DirectoryError::Conflict)?;
        self.join(parent, children, subjects, now)
    }

    fn join(
        &self,
        parent: &Found<Identity>,
        children: &[Found<Identity>],
        subjects: &Subjects,
        now: Timestamp,
    ) -> Result<Step, LoginError> {
        let mut identity = parent.record.clone();
        let mut merged = Vec::with_capacity(children.len());
        for child in children {
            let mut disabled = child.record.clone();
            linking::merge(&mut identity, &mut disabled, now)?;
            merged.push((self.identity_key(&disabled.id), child, disabled));
        }
        self.check_linkable(&identity, subjects)?;
        let linked = linking::link(&mut identity, subjects)?;
        if !linked && merged.is_empty() {
            return Ok(Step { identity, change: None });
        }
        identity.last_modified = now;
        let mut change = Change::new();
        let key = self.identity_key(&identity.id);
        let merged = merged.iter().map(|(key, found, record)| (key, Some(*found), record));
        change.write_all([(&key, Some(parent), &identity)].into_iter().chain(merged));
        Ok(Step { identity, change: Some(change) })
    }

    /// A user of the application's own sign-in is linked at its word only. A token for one that is
    /// no longer linked opens nothing.
    fn check_linkable(&self, identity: &Identity, subjects: &Subjects) -> Result<(), LoginError> {
        let user = subjects.get(DEVELOPER_LOGINS);
        let unlinked = user.is_some_and(|user| !identity.developer_users.contains(user));
        if unlinked && self.asker == Asker::Person {
            return Err(LoginError::AnothersLogin);
        }
        Ok(())
    }

    /// The identity, once its change is made; none if another one came first.
    async fn taken(&self, step: Step) -> Result<Option<Identity>, LoginError> {
        let Some(change) = step.change else { return Ok(Some(step.identity)) };
        match self.directory.commit(change).await {
            Ok(_) => Ok(Some(step.identity)),
            Err(DirectoryError::Conflict) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests;
