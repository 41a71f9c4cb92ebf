//! Finding and showing users.

use directory::{
    Change, Found, User, UserAlias, UserAliasKey, UserKey, UserPool, UserPoolKey, UserStatus,
    UserSub, UserSubKey,
};
use types::Uuid;
use wire::cognito_idp::{UserStatusType, UserType};

use crate::{UserPools, attributes, error::UserPoolsError};

/// Whom a request is about.
#[derive(Clone, Copy)]
pub(crate) enum Who<'a> {
    /// Whoever is found by this name.
    Named(&'a str),
    /// Whoever has this `sub`.
    Sub(Uuid),
}

impl UserPools {
    /// The user whom a request is about, who must be there.
    pub(crate) async fn whom(
        &self,
        key: &UserPoolKey,
        pool: &UserPool,
        who: Who<'_>,
    ) -> Result<(UserKey, Found<User>), UserPoolsError> {
        let found = match who {
            Who::Named(name) => self.user(key, pool, name).await?,
            Who::Sub(sub) => self.user_by_sub(key, sub).await?,
        };
        found.ok_or(UserPoolsError::NoSuchUser)
    }

    /// Changes a user, and with the attributes the names by which the user is found. `take_aliases` takes
    /// a verified address away from the user who has it as an alias.
    pub(crate) async fn change_user<T>(
        &self,
        key: &UserPoolKey,
        who: Who<'_>,
        take_aliases: bool,
        edit: impl Fn(&UserPool, &mut User) -> Result<T, UserPoolsError>,
    ) -> Result<T, UserPoolsError> {
        let edit = &edit;
        self.directory
            .retry(|| async move {
                let pool = self.pool(key).await?.record;
                let (place, found) = self.whom(key, &pool, who).await?;
                let mut user = found.record.clone();
                let value = edit(&pool, &mut user)?;
                user.last_modified = self.clock.now();
                let mut change = Change::new();
                self.replace_user(&pool, &place, &found, user, take_aliases, &mut change).await?;
                Ok((change, value))
            })
            .await
    }

    /// Deletes a user. From that moment nothing of theirs can be reached, as the `sub` by which it is
    /// found never comes back; it is cleared away in the background.
    pub(crate) async fn delete_user(
        &self,
        key: &UserPoolKey,
        who: Who<'_>,
    ) -> Result<(), UserPoolsError> {
        self.directory
            .retry(|| async move {
                let pool = self.pool(key).await?.record;
                let (place, found) = self.whom(key, &pool, who).await?;
                let mut change = Change::new();
                change.delete(&place, &found);
                change.clear_user(&place, &found.record, self.clock.now(), &*self.entropy);
                Ok((change, ()))
            })
            .await
    }

    /// The user of this name, of this `sub`, or with this alias: the one way from what somebody is called
    /// to the record.
    ///
    /// Source: Amazon Cognito User Pools API Reference, `AdminGetUser`, `Username`.
    pub(crate) async fn user(
        &self,
        key: &UserPoolKey,
        pool: &UserPool,
        username: &str,
    ) -> Result<Option<(UserKey, Found<User>)>, UserPoolsError> {
        let by_name = UserKey { pool: key.clone(), name: pool.comparable(username) };
        if let Some(found) = self.directory.get::<User>(&by_name).await? {
            return Ok(Some((by_name, found)));
        }
        match username.parse() {
            Ok(sub) => self.user_by_sub(key, sub).await,
            Err(_) => self.user_by_alias(key, pool.comparable(username)).await,
        }
    }

    async fn user_by_alias(
        &self,
        key: &UserPoolKey,
        alias: String,
    ) -> Result<Option<(UserKey, Found<User>)>, UserPoolsError> {
        let by_alias = UserAliasKey { pool: key.clone(), alias };
        let entry = self.directory.get::<UserAlias>(&by_alias).await?;
        let Some(entry) = entry else { return Ok(None) };
        let by_name = UserKey { pool: key.clone(), name: entry.record.name };
        let found = self.directory.get::<User>(&by_name).await?;
        // Between the two reads the user may have given the alias up.
        let has_it = |found: &Found<User>| found.record.aliases.contains(&by_alias.alias);
        Ok(found.filter(has_it).map(|found| (by_name, found)))
    }

    /// The user of this `sub`.
    pub(crate) async fn user_by_sub(
        &self,
        key: &UserPoolKey,
        sub: Uuid,
    ) -> Result<Option<(UserKey, Found<User>)>, UserPoolsError> {
        let by_sub = UserSubKey { pool: key.clone(), sub };
        let Some(entry) = self.directory.get::<UserSub>(&by_sub).await? else { return Ok(None) };
        let by_name = UserKey { pool: key.clone(), name: entry.record.name };
        let found = self.directory.get::<User>(&by_name).await?;
        // Between the two reads the user may have gone and another one taken the name.
        Ok(found.filter(|found| found.record.sub == sub).map(|found| (by_name, found)))
    }
}

/// The status as AWS spells it.
pub(crate) fn status(status: UserStatus) -> UserStatusType {
    match status {
        UserStatus::Unconfirmed => UserStatusType::Unconfirmed,
        UserStatus::ResetRequired => UserStatusType::ResetRequired,
        UserStatus::Confirmed => UserStatusType::Confirmed,
        UserStatus::ForceChangePassword => UserStatusType::ForceChangePassword,
    }
}

/// The user as AWS shows one in a list.
pub(crate) fn described(user: &User) -> UserType {
    UserType {
        attributes: Some(attributes::described(user)),
        enabled: Some(user.enabled),
        user_create_date: Some(user.created),
        user_last_modified_date: Some(user.last_modified),
        user_status: Some(status(user.status)),
        username: Some(user.username.as_str().into()),
        ..UserType::default()
    }
}
