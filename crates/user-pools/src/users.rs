//! Finding and showing users.

use directory::{
    Found, Membership, MembershipKey, RefreshToken, RefreshTokenKey, RevokedOrigin,
    RevokedOriginKey, User, UserKey, UserPool, UserPoolKey, UserStatus, UserSub, UserSubKey,
};
use types::Uuid;
use wire::cognito_idp::{UserStatusType, UserType};

use crate::{UserPools, attributes, error::UserPoolsError};

impl UserPools {
    /// The user of this name, or of this `sub`.
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
            Err(_) => Ok(None),
        }
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

    /// Clears away what is left of a user who is gone. Nothing of it can be reached: the `sub` by
    /// which it is found never comes back.
    pub(crate) async fn clear_user(
        &self,
        pool: &UserPoolKey,
        sub: Uuid,
    ) -> Result<(), UserPoolsError> {
        let memberships = MembershipKey::of_user(pool, sub);
        let membership = |record: &Membership| MembershipKey {
            pool: pool.clone(),
            user: sub,
            group: record.group.clone(),
        };
        self.directory.delete_within(&memberships, membership).await?;
        let tokens = RefreshTokenKey::of_user(pool, sub);
        let token = |record: &RefreshToken| RefreshTokenKey {
            pool: pool.clone(),
            user: sub,
            origin_jti: record.origin_jti,
        };
        self.directory.delete_within(&tokens, token).await?;
        let revoked = RevokedOriginKey::of_user(pool, sub);
        let origin = |record: &RevokedOrigin| RevokedOriginKey {
            pool: pool.clone(),
            user: sub,
            origin_jti: record.origin_jti,
        };
        Ok(self.directory.delete_within(&revoked, origin).await?)
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
