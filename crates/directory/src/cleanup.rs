//! What is left of something that is gone, cleared away behind its back: nobody can reach it any more,
//! however much it is. The jobs that the directory does are named here.

use std::{future::Future, pin::Pin, sync::Arc};

use jobs::{Handler, HandlerError, Job, Runner};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use store::{Key, KeyRange, Scan, Space};
use types::{AccountId, Entropy, IdentityPoolId, Region, Timestamp, UserPoolId, Uuid};

use crate::{
    Change, DecoySecret, Directory, Error, Group, GroupMember, Identity, IdentityKey,
    IdentityPoolKey, Membership, MembershipKey, Owner, Record, RefreshToken, RefreshTokenKey,
    RevokedOrigin, RevokedOriginKey, UnknownUser, UsedChallenge, User, UserAlias, UserKey,
    UserPoolClient, UserPoolClientKey, UserPoolKey, UserSub, VerificationCode, VerificationCodeKey,
};

const CLEAR_IDENTITIES: &str = "directory.clear-identities";
const CLEAR_USER_POOL: &str = "directory.clear-user-pool";
const CLEAR_USER: &str = "directory.clear-user";
const DROP_SRP_VERIFIERS: &str = "directory.drop-srp-verifiers";
const IDENTITY_POOLS: &str = "cognito-identity.amazonaws.com";
const USER_POOLS: &str = "cognito-idp.amazonaws.com";

/// How many records go in one batch.
pub(crate) const BATCH: usize = 100;

/// What lies under the key of a user pool, index entries too. What others stand on goes first, so that
/// nothing comes behind it.
const IN_A_USER_POOL: &[Space] = &[
    User::SPACE,
    UserSub::SPACE,
    UserAlias::SPACE,
    Group::SPACE,
    Membership::SPACE,
    GroupMember::SPACE,
    RefreshToken::SPACE,
    RevokedOrigin::SPACE,
    VerificationCode::SPACE,
    UsedChallenge::SPACE,
    UnknownUser::SPACE,
    DecoySecret::SPACE,
];

/// A pool, as a job names it. Once gone, its id never comes back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedPool<Id> {
    account: AccountId,
    region: Region,
    pool: Id,
}

/// A user who is gone, as a job names one. The `sub` never comes back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedUser {
    account: AccountId,
    region: Region,
    pool: UserPoolId,
    user: Uuid,
}

impl Change {
    /// The identities of a pool that this change deletes go too, in the background.
    pub fn clear_identities(
        &mut self,
        key: &IdentityPoolKey,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) {
        let payload = json!({
            "account": key.owner.account().to_string(),
            "region": key.owner.region().to_string(),
            "pool": key.id.to_string(),
        });
        self.enqueue(&Job::new(CLEAR_IDENTITIES, IDENTITY_POOLS, now, payload, entropy));
    }

    /// Everything in a pool that this change deletes goes too, in the background; but for its keys,
    /// which must go with the pool.
    pub fn clear_user_pool(&mut self, key: &UserPoolKey, now: Timestamp, entropy: &dyn Entropy) {
        let payload = of_user_pool(key);
        self.enqueue(&Job::new(CLEAR_USER_POOL, USER_POOLS, now, payload, entropy));
    }

    /// What belongs to a user whom this change deletes goes too, in the background.
    pub fn clear_user(
        &mut self,
        key: &UserKey,
        user: &User,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) {
        let payload = json!({
            "account": key.pool.owner.account().to_string(),
            "region": key.pool.owner.region().to_string(),
            "pool": key.pool.id.to_string(),
            "user": user.sub.to_string(),
        });
        self.enqueue(&Job::new(CLEAR_USER, USER_POOLS, now, payload, entropy));
    }
}

/// A job that drops the verifiers of the pool's users, if no client uses them at that time.
pub(crate) fn drop_srp_verifiers(key: &UserPoolKey, due: Timestamp, entropy: &dyn Entropy) -> Job {
    Job::new(DROP_SRP_VERIFIERS, USER_POOLS, due, of_user_pool(key), entropy)
}

fn of_user_pool(key: &UserPoolKey) -> Value {
    json!({
        "account": key.owner.account().to_string(),
        "region": key.owner.region().to_string(),
        "pool": key.id.to_string(),
    })
}

impl NamedPool<UserPoolId> {
    fn key(self) -> UserPoolKey {
        UserPoolKey { owner: Owner::of_records(self.account, self.region), id: self.pool }
    }
}

impl Directory {
    /// Lets the runner of the database that the records lie in do the jobs made here.
    #[must_use]
    pub fn register(&self, runner: Runner) -> Runner {
        let with = |runner: Runner, kind, work| {
            runner.with(kind, Arc::new(Cleanup { directory: self.clone(), work }))
        };
        let runner = with(runner, CLEAR_IDENTITIES, Work::ClearIdentities);
        let runner = with(runner, CLEAR_USER_POOL, Work::ClearUserPool);
        let runner = with(runner, CLEAR_USER, Work::ClearUser);
        with(runner, DROP_SRP_VERIFIERS, Work::DropSrpVerifiers)
    }

    async fn clear_identities(&self, named: NamedPool<IdentityPoolId>) -> Result<(), Error> {
        let NamedPool { account, region, pool } = named;
        let owner = Owner::of_records(account, region);
        let within = IdentityKey::prefix(&owner, &pool);
        let key = |identity: &Identity| IdentityKey {
            owner: owner.clone(),
            pool: pool.clone(),
            id: identity.id.clone(),
        };
        self.delete_within(&within, key).await
    }

    async fn clear_user_pool(&self, pool: &UserPoolKey) -> Result<(), Error> {
        // The public ids of clients lie elsewhere.
        let client = |record: &UserPoolClient| UserPoolClientKey {
            pool: pool.clone(),
            id: record.id.clone(),
        };
        self.delete_within(&pool.within(), client).await?;
        for space in IN_A_USER_POOL {
            self.delete_entries(*space, &pool.within()).await?;
        }
        Ok(())
    }

    async fn clear_user(&self, named: NamedUser) -> Result<(), Error> {
        let NamedUser { account, region, pool: id, user } = named;
        let pool = UserPoolKey { owner: Owner::of_records(account, region), id };
        // Groups list their members under keys of their own.
        let membership = |record: &Membership| MembershipKey {
            pool: pool.clone(),
            user,
            group: record.group.clone(),
        };
        self.delete_within(&MembershipKey::of_user(&pool, user), membership).await?;
        for (space, within) in [
            (RefreshToken::SPACE, RefreshTokenKey::of_user(&pool, user)),
            (RevokedOrigin::SPACE, RevokedOriginKey::of_user(&pool, user)),
            (VerificationCode::SPACE, VerificationCodeKey::of_user(&pool, user)),
        ] {
            self.delete_entries(space, &within).await?;
        }
        Ok(())
    }

    /// Deletes every record whose key begins with the elements of `within`, with their index entries
    /// wherever these lie. `key_of` says the key that a record has.
    async fn delete_within<R: Record>(
        &self,
        within: &Key,
        key_of: impl Fn(&R) -> R::Key,
    ) -> Result<(), Error> {
        loop {
            let page = self.list::<R>(within, None, BATCH).await?;
            if page.records.is_empty() {
                return Ok(());
            }
            let mut change = Change::new();
            for found in &page.records {
                change.delete(&key_of(&found.record), found);
            }
            match self.commit(change).await {
                Ok(_) | Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Deletes whatever lies in `space` under keys that begin with the elements of `within`, unread.
    async fn delete_entries(&self, space: Space, within: &Key) -> Result<(), Error> {
        loop {
            let scan = Scan::new(space, KeyRange::within(within), BATCH);
            let entries = self.records.scan(scan).await?.entries;
            if entries.is_empty() {
                return Ok(());
            }
            let mut change = Change::new();
            for (key, _) in entries {
                change.delete_entry(space, key);
            }
            self.commit(change).await?;
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Work {
    ClearIdentities,
    ClearUserPool,
    ClearUser,
    DropSrpVerifiers,
}

struct Cleanup {
    directory: Directory,
    work: Work,
}

impl Cleanup {
    async fn clean_up(&self, payload: &Value) -> Result<(), HandlerError> {
        let directory = &self.directory;
        match self.work {
            Work::ClearIdentities => directory.clear_identities(read(payload)?).await?,
            Work::ClearUserPool => directory.clear_user_pool(&read_user_pool(payload)?).await?,
            Work::ClearUser => directory.clear_user(read(payload)?).await?,
            Work::DropSrpVerifiers => {
                directory.drop_unused_srp_verifiers(&read_user_pool(payload)?).await?;
            }
        }
        Ok(())
    }
}

fn read<T: DeserializeOwned>(payload: &Value) -> Result<T, serde_json::Error> {
    T::deserialize(payload)
}

fn read_user_pool(payload: &Value) -> Result<UserPoolKey, serde_json::Error> {
    Ok(read::<NamedPool<UserPoolId>>(payload)?.key())
}

impl Handler for Cleanup {
    fn run<'a>(
        &'a self,
        job: &'a Job,
    ) -> Pin<Box<dyn Future<Output = Result<(), HandlerError>> + Send + 'a>> {
        Box::pin(self.clean_up(&job.payload))
    }
}

#[cfg(test)]
mod tests;
