use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminEnableUserRequest, AdminEnableUserResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    names::check_visible,
    pools::{on_pool, pool_key},
};

/// [`AdminEnableUser`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminEnableUser.html)
pub(crate) struct AdminEnableUser(pub(crate) Arc<UserPools>);

impl Operation for AdminEnableUser {
    type Wire = wire::cognito_idp::AdminEnableUser;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminEnableUserRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminEnableUser", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminEnableUserResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        self.0.set_enabled(&pool, request.input.username.expose(), true).await?;
        Ok(AdminEnableUserResponse {})
    }
}
