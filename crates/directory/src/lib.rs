//! What is remembered, as typed records: pools, users, groups, identities, roles. A file per kind.
//!
//! A kind says its table, its key, its version and the index entries that are written in the same
//! batch ([`Record`]). Every key begins with an [`Owner`], which only the gate can make: a service
//! that was not handed the caller's owner cannot even name a record. There is no SQL here, no HTTP,
//! and nothing that decides whether somebody may.

mod access_key;
mod change;
mod change_set;
mod cleanup;
mod decoy_secret;
mod entity;
mod entity_name;
mod group;
mod iam_group;
mod iam_user;
mod identity;
mod identity_pool;
mod managed_policy;
mod membership;
mod outbox;
mod owner;
mod policy_use;
mod public_id;
mod record;
mod refresh_token;
mod revoked_origin;
mod role;
mod srp_verifiers;
mod stack;
mod stack_resource;
mod token_key;
mod used_challenge;
mod user;
mod user_pool;
mod user_pool_client;
mod user_pool_schema;
mod verification_code;

use std::{future::Future, sync::Arc};

pub use access_key::{AccessKeyOwner, AccessKeyUse};
pub use change::Change;
pub use change_set::{
    ChangeAction, ChangeSet, ChangeSetExecution, ChangeSetId, ChangeSetIdKey, ChangeSetKey,
    PropertyChange, Replacement, ResourceChange,
};
pub use decoy_secret::{DecoySecret, DecoySecretKey};
pub use entity::{Entity, EntityKind, Keyed, entity_arn};
pub use entity_name::{EntityName, EntityNameKey};
pub use group::{Group, GroupKey};
pub use iam_group::{IamGroup, IamGroupKey, IamGroupMember, IamGroupMemberKey};
pub use iam_user::{IamUser, IamUserKey, UserAccessKey};
pub use identity::{DEVELOPER_LOGINS, Identity, IdentityKey, IdentityState, Login, LoginKey};
pub use identity_pool::{
    AmbiguousRole, Comparison, IdentityPool, IdentityPoolKey, IdentityPoolRoles, IdentityProvider,
    MappedBy, MappingRule, PrincipalTags, RoleMapping,
};
use jobs::JOBS;
pub use managed_policy::{ManagedPolicy, ManagedPolicyKey, PolicyVersion};
pub use membership::{GroupMember, GroupMemberKey, Membership, MembershipKey};
pub use outbox::{MessageMedium, Outbox, OutboxKey, OutboxMessage, OutboxMessageKey};
pub use owner::{Owner, OwnerAuthority};
pub use policy_use::{PolicyUse, PolicyUseKey, Usage};
pub use public_id::{PublicId, PublicResource};
pub use record::{Derived, Found, Record};
pub use refresh_token::{FormerRefreshToken, RefreshToken, RefreshTokenKey};
pub use revoked_origin::{RevokedOrigin, RevokedOriginKey};
pub use role::{Role, RoleKey};
pub use stack::{
    OnFailure, Stack, StackExport, StackExportKey, StackKey, StackName, StackNameKey,
    StackOperation, StackOperationKind, StackPhase, StackRole, StackSource, StackSourceKey,
    StackStatus,
};
pub use stack_resource::{
    Incarnation, RemovalPolicy, ResourceStatus, StackEvent, StackEventKey, StackResource,
    StackResourceKey,
};
pub use store::Key;
use store::{CommitError, Freshness, KeyRange, Records, Revision, Scan, Space, StoreError};
pub use token_key::{TokenKey, TokenKeyError, TokenKeyKey, TokenPurpose};
use types::UniqueId;
pub use used_challenge::{UsedChallenge, UsedChallengeKey};
pub use user::{
    Password, SignInFailures, SrpVerifier, UnknownUser, UnknownUserKey, User, UserAlias,
    UserAliasKey, UserKey, UserStatus, UserSub, UserSubKey,
};
pub use user_pool::{
    Alias, Contact, EmailSender, Messages, PasswordPolicy, RecoveryMechanism, SignInNames,
    UserPool, UserPoolDomain, UserPoolKey, UserPoolTier,
};
pub use user_pool_client::{
    HostedSignIn, RefreshTokenRotation, TimeUnit, UserPoolClient, UserPoolClientKey, Validity,
};
pub use user_pool_schema::{AttributeKind, SchemaAttribute};
pub use verification_code::{CodePurpose, PendingCode, VerificationCode, VerificationCodeKey};

/// How often a change that met a concurrent one is tried again from the read.
const ATTEMPTS: usize = 16;

/// Every table of the directory, for opening its database.
pub const SPACES: &[Space] = &[
    PublicResource::SPACE,
    Role::SPACE,
    IamUser::SPACE,
    IamGroup::SPACE,
    IamGroupMember::SPACE,
    EntityName::SPACE,
    ManagedPolicy::SPACE,
    PolicyUse::SPACE,
    AccessKeyOwner::SPACE,
    AccessKeyUse::SPACE,
    IdentityPool::SPACE,
    Identity::SPACE,
    Login::SPACE,
    TokenKey::SPACE,
    UserPool::SPACE,
    UserPoolClient::SPACE,
    Group::SPACE,
    User::SPACE,
    UserSub::SPACE,
    UnknownUser::SPACE,
    Membership::SPACE,
    GroupMember::SPACE,
    RefreshToken::SPACE,
    Stack::SPACE,
    StackName::SPACE,
    StackExport::SPACE,
    StackSource::SPACE,
    StackResource::SPACE,
    StackEvent::SPACE,
    ChangeSet::SPACE,
    ChangeSetId::SPACE,
    JOBS,
    RevokedOrigin::SPACE,
    UsedChallenge::SPACE,
    VerificationCode::SPACE,
    Outbox::SPACE,
    OutboxMessage::SPACE,
    DecoySecret::SPACE,
    UserAlias::SPACE,
];

/// Why the directory did not answer or did not change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another change came first; nothing was written. Services answer AWS's
    /// `ConcurrentModification` for it, after [`Directory::update`] gave up.
    #[error("another change to the same record came first")]
    Conflict,
    /// What is stored cannot be read by this version, or cannot be written.
    #[error("a record in {space} cannot be read or written by this version: {reason}")]
    Unreadable {
        /// The table.
        space: Space,
        /// What was wrong with it.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A page of a listing.
#[derive(Debug, Clone)]
pub struct Listed<R> {
    /// The records, in key order.
    pub records: Vec<Found<R>>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

/// The records, by kind.
#[derive(Clone)]
pub struct Directory {
    records: Arc<dyn Records>,
}

impl Directory {
    /// Opens the directory over its database, and hands out the one authority that makes owners.
    #[must_use]
    pub fn open(records: Arc<dyn Records>) -> (Self, OwnerAuthority) {
        (Self { records }, OwnerAuthority::new())
    }

    /// The newest revision this node knows, and when it heard of it.
    #[must_use]
    pub fn freshness(&self) -> Freshness {
        self.records.freshness()
    }

    /// The record under `key`, if there is one.
    ///
    /// # Errors
    /// [`Error::Unreadable`] and [`Error::Store`].
    pub async fn get<R: Record>(&self, key: &R::Key) -> Result<Option<Found<R>>, Error> {
        let key = R::encode_key(key);
        match self.records.get(R::SPACE, &key).await? {
            Some(found) => Found::read(key.into(), &found).map(Some),
            None => Ok(None),
        }
    }

    /// The id of the user or group of this name, in any case.
    async fn entity_id(
        &self,
        owner: &Owner,
        kind: EntityKind,
        name: &str,
    ) -> Result<Option<UniqueId>, Error> {
        let key = EntityNameKey { owner: owner.clone(), kind, name: name.to_owned() };
        let found = self.get::<EntityName>(&key).await?;
        Ok(found.map(|found| found.record.unique_id))
    }

    /// The records whose key begins with the elements of `within`, in key order, behind `after`.
    ///
    /// `after` is [`Found::position`] of the last one of the page before; `limit` is 1 or more.
    ///
    /// # Errors
    /// [`Error::Unreadable`] and [`Error::Store`].
    pub async fn list<R: Record>(
        &self,
        within: &Key,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Listed<R>, Error> {
        let mut range = KeyRange::within(within);
        if let Some(key) = after {
            range = range.after(key);
        }
        let page = self.records.scan(Scan::new(R::SPACE, range, limit)).await?;
        let records = page.entries.into_iter().map(|(key, value)| Found::read(key, &value));
        Ok(Listed { records: records.collect::<Result<_, _>>()?, more: page.more })
    }

    /// Every record whose key begins with the elements of `within`, in key order.
    ///
    /// For what is bounded by AWS's quotas, such as the groups of one user.
    ///
    /// # Errors
    /// [`Error::Unreadable`] and [`Error::Store`].
    pub async fn all<R: Record>(&self, within: &Key) -> Result<Vec<Found<R>>, Error> {
        let mut all: Vec<Found<R>> = Vec::new();
        loop {
            let page = self.list::<R>(within, all.last().map(Found::position), 1000).await?;
            all.extend(page.records);
            if !page.more {
                return Ok(all);
            }
        }
    }

    /// Applies a change, all of it or nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] if what the change stands on is no longer so; [`Error::Store`].
    pub async fn commit(&self, change: Change) -> Result<Revision, Error> {
        let batch = change.into_batch()?;
        self.records.commit(batch).await.map_err(|error| match error {
            CommitError::Conflict(_) => Error::Conflict,
            CommitError::Store(error) => Error::Store(error),
        })
    }

    /// Makes and commits a change from what it reads, again from the read while others come first.
    ///
    /// # Errors
    /// What `make` answers; [`Error::Conflict`] after 16 attempts.
    pub async fn retry<T, E, F>(&self, mut make: impl FnMut() -> F) -> Result<T, E>
    where
        E: From<Error>,
        F: Future<Output = Result<(Change, T), E>>,
    {
        for _ in 0..ATTEMPTS {
            let (change, value) = make().await?;
            match self.commit(change).await {
                Ok(_) => return Ok(value),
                Err(Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Conflict.into())
    }

    /// Changes one record: reads it, lets `edit` change it, and commits; again while others come
    /// first. `None` if there is no such record.
    ///
    /// # Errors
    /// What `edit` answers; [`Error::Conflict`] after 16 attempts.
    pub async fn update<R: Record, T, E: From<Error>>(
        &self,
        key: &R::Key,
        mut edit: impl FnMut(&mut R) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        for _ in 0..ATTEMPTS {
            let Some(found) = self.get::<R>(key).await? else { return Ok(None) };
            let mut record = found.record.clone();
            let value = edit(&mut record)?;
            let mut change = Change::new();
            change.replace(key, &found, &record);
            match self.commit(change).await {
                Ok(_) => return Ok(Some(value)),
                Err(Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Conflict.into())
    }
}
