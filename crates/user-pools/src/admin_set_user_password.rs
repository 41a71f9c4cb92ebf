use std::sync::Arc;

use directory::{User, UserPoolKey, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::SecretString;
use wire::cognito_idp::{AdminSetUserPasswordRequest, AdminSetUserPasswordResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    names::check_visible,
    password_policy, passwords,
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
        password_policy::check(&pool.password_policy, &password)?;
        let now = self.clock.now();
        let entropy = self.entropy.clone();
        let hash = move || passwords::hash(&password, now, &*entropy);
        let password = self.workers.run(hash).await??;
        let updated = self
            .directory
            .update::<User, _, UserPoolsError>(&key, |user| {
                // Another user may have taken the name while the password was hashed.
                if user.sub != found.record.sub {
                    return Err(UserPoolsError::NoSuchUser);
                }
                user.password = Some(password.clone());
                user.status =
                    if permanent { UserStatus::Confirmed } else { UserStatus::ForceChangePassword };
                user.last_modified = now;
                Ok(())
            })
            .await?;
        updated.ok_or(UserPoolsError::NoSuchUser)
    }
}
