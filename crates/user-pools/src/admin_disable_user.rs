use std::sync::Arc;

use directory::UserPoolKey;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminDisableUserRequest, AdminDisableUserResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    names::check_visible,
    pools::{on_pool, pool_key},
    users::Who,
};

/// [`AdminDisableUser`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDisableUser.html)
///
/// Whoever is disabled does not sign in, and no access token from before is good any more, not even once
/// the user is enabled again.
pub(crate) struct AdminDisableUser(pub(crate) Arc<UserPools>);

impl Operation for AdminDisableUser {
    type Wire = wire::cognito_idp::AdminDisableUser;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminDisableUserRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminDisableUser", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminDisableUserResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        self.0.set_enabled(&pool, request.input.username.expose(), false).await?;
        Ok(AdminDisableUserResponse {})
    }
}

impl UserPools {
    pub(crate) async fn set_enabled(
        &self,
        pool: &UserPoolKey,
        username: &str,
        enabled: bool,
    ) -> Result<(), UserPoolsError> {
        let now = self.clock.now();
        self.change_user(pool, Who::Named(username), false, |_, user| {
            user.enabled = enabled;
            if !enabled {
                user.signed_out = user.signed_out.max(Some(now));
            }
            Ok(())
        })
        .await
    }
}
