//! The long-term access keys of users: whose they are, their secrets, and when they were used.

use directory::{
    AccessKeyOwner, AccessKeyUse, Change, Directory, Entity as _, IamUser, IamUserKey,
};
use quick_cache::sync::Cache;
use session::Label;
use types::{AccessKeyId, AccountId, SecretString, SignedDuration, Timestamp};

use crate::{Gate, Principal, User, authenticate::AuthenticationError};

/// How many access keys are remembered with their owners.
const KEYS_MAX: usize = 16_384;
/// How long the use of a key is not written down again.
const USE_WRITTEN_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// What is remembered of access keys. None of it decides anything: an id is given out once, so its
/// owner does not change, and whether it is still good stands in the user's record.
pub(crate) struct AccessKeys {
    owners: Cache<AccessKeyId, AccessKeyOwner>,
    used: Cache<AccessKeyId, Timestamp>,
}

impl AccessKeys {
    pub(crate) fn new() -> Self {
        Self { owners: Cache::new(KEYS_MAX), used: Cache::new(KEYS_MAX) }
    }

    async fn owner(
        &self,
        directory: &Directory,
        id: &AccessKeyId,
    ) -> Result<Option<AccessKeyOwner>, directory::Error> {
        if let Some(owner) = self.owners.get(id) {
            return Ok(Some(owner));
        }
        let Some(found) = directory.get::<AccessKeyOwner>(id).await? else { return Ok(None) };
        self.owners.insert(id.clone(), found.record.clone());
        Ok(Some(found.record))
    }
}

impl Gate {
    /// The user whose active access key this is, and the key's secret.
    pub(crate) async fn user_of_access_key(
        &self,
        id: &AccessKeyId,
    ) -> Result<(Principal, SecretString), AuthenticationError> {
        let parts = &self.0.parts;
        let owner = self.0.access_keys.owner(&parts.directory, id).await?;
        let AccessKeyOwner { account, user } =
            owner.ok_or(AuthenticationError::UnknownAccessKey)?;
        // Users have no region; the key of a user does not contain the one given here.
        let owner = self.owner(account, parts.region.clone());
        let key = IamUserKey { owner: owner.clone(), unique_id: user };
        let compiled = self.0.users.get(&parts.directory, &owner, &key).await?;
        let compiled = compiled.ok_or(AuthenticationError::UnknownAccessKey)?;
        let user = &compiled.found.record;
        let access_key = user.access_keys.iter().find(|own| own.id == *id && own.active);
        let access_key = access_key.ok_or(AuthenticationError::UnknownAccessKey)?;
        let data = IamUser::access_key_data(&key, id);
        let secret = parts.ring.open(Label::SecretAtRest, &data, &access_key.secret);
        let secret = secret.map_err(|error| {
            tracing::error!(%error, access_key = %id, "the secret of an access key does not open");
            AuthenticationError::UnknownAccessKey
        })?;
        let principal = Principal::User(Box::new(User {
            account,
            arn: user.arn(&owner),
            name: user.name.clone(),
            unique_id: user.unique_id.clone(),
        }));
        Ok((principal, secret))
    }

    /// Writes down that a request was signed with this key, at most every quarter of an hour. That it
    /// could not be written is no reason to refuse the request.
    pub(crate) async fn access_key_used(&self, id: &AccessKeyId, service: &str, region: &str) {
        let (now, used) = (self.now(), &self.0.access_keys.used);
        if used.get(id).is_some_and(|last| now.duration_since(last) < USE_WRITTEN_EVERY) {
            return;
        }
        used.insert(id.clone(), now);
        let record =
            AccessKeyUse { time: now, service: service.to_owned(), region: region.to_owned() };
        if let Err(error) = self.write_use(id, &record).await {
            tracing::warn!(%error, access_key = %id, "the use of an access key was not written down");
        }
    }

    async fn write_use(
        &self,
        id: &AccessKeyId,
        record: &AccessKeyUse,
    ) -> Result<(), directory::Error> {
        let directory = &self.0.parts.directory;
        let mut change = Change::new();
        match directory.get::<AccessKeyUse>(id).await? {
            Some(found) if record.time.duration_since(found.record.time) < USE_WRITTEN_EVERY => {
                return Ok(());
            }
            Some(found) => change.replace(id, &found, record),
            None => change.create(id, record),
        }
        match directory.commit(change).await {
            // Another node has written it.
            Ok(_) | Err(directory::Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The account that a long-term access key belongs to.
    pub(crate) async fn account_of_access_key(
        &self,
        id: &AccessKeyId,
    ) -> Result<Option<AccountId>, directory::Error> {
        if let Some(root) = self.0.parts.accounts.root(id) {
            return Ok(Some(root.account));
        }
        let owner = self.0.access_keys.owner(&self.0.parts.directory, id).await?;
        Ok(owner.map(|owner| owner.account))
    }
}
