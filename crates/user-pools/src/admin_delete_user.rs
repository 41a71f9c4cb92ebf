use std::sync::Arc;

use directory::UserPoolKey;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::AdminDeleteUserRequest;

use crate::{
    UserPools,
    error::UserPoolsError,
    names::check_visible,
    pools::{on_pool, pool_key},
    users::Who,
};

/// [`AdminDeleteUser`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteUser.html)
pub(crate) struct AdminDeleteUser(pub(crate) Arc<UserPools>);

impl Operation for AdminDeleteUser {
    type Wire = wire::cognito_idp::AdminDeleteUser;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminDeleteUserRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminDeleteUser", caller, &input.user_pool_id)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        self.0.admin_delete_user(&pool, request.input.username.expose()).await
    }
}

impl UserPools {
    pub(crate) async fn admin_delete_user(
        &self,
        pool: &UserPoolKey,
        username: &str,
    ) -> Result<(), UserPoolsError> {
        self.delete_user(pool, Who::Named(username)).await
    }
}
