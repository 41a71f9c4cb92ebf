use std::sync::Arc;

use directory::{User, UserPoolKey, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::SecretString;
use wire::cognito_idp::{AdminSetUserPasswordRequest, AdminSetUserPasswordResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    names::check_visible,
    pools::{on_pool, pool_key},
};

/// [`AdminSetUserPassword`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminSetUserPassword.html)
///
/// A lockout goes on, and refresh tokens stay good, as on AWS.
pub(crate) struct AdminSetUserPassword(pub(crate) Arc<UserPools>);

impl Operation for AdminSetUserPassword {
    type Wire = wire::cognito_idp::AdminSetUserPassword;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminSetUserPasswordRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminSetUserPassword", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminSetUserPasswordResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let AdminSetUserPasswordRequest { username, password, permanent, .. } = request.input;
        let permanent = permanent.unwrap_or(false);
        self.0.admin_set_user_password(&pool, username.expose(), password, permanent).await?;
        Ok(AdminSetUserPasswordResponse {})
    }
}

impl UserPools {
    pub(crate) async fn admin_set_user_password(
        &self,
        pool_key: &UserPoolKey,
        username: &str,
        password: SecretString,
        permanent: bool,
    ) -> Result<(), UserPoolsError> {
        let pool = self.pool(pool_key).await?.record;
        let found = self.user(pool_key, &pool, username).await?;
        let (key, found) = found.ok_or(UserPoolsError::NoSuchUser)?;
        self.check_not_used(&pool, &found.record, &password).await?;
        let password = self.new_password(&pool, &key, &found.record.username, &password).await?;
        let updated = self
            .directory
            .update::<User, _, UserPoolsError>(&key, |user| {
                // Another user may have taken the name while the password was hashed.
                if user.sub != found.record.sub {
                    return Err(UserPoolsError::NoSuchUser);
                }
                password.set(user);
                user.status =
                    if permanent { UserStatus::Confirmed } else { UserStatus::ForceChangePassword };
                Ok(())
            })
            .await?;
        updated.ok_or(UserPoolsError::NoSuchUser)
    }
}
