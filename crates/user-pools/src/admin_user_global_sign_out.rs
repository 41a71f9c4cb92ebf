use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminUserGlobalSignOutRequest, AdminUserGlobalSignOutResponse};

use crate::{UserPools, error::UserPoolsError, names::check_visible, pools::on_pool};

/// [`AdminUserGlobalSignOut`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUserGlobalSignOut.html)
pub(crate) struct AdminUserGlobalSignOut(pub(crate) Arc<UserPools>);

impl Operation for AdminUserGlobalSignOut {
    type Wire = wire::cognito_idp::AdminUserGlobalSignOut;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminUserGlobalSignOutRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminUserGlobalSignOut", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminUserGlobalSignOutResponse, UserPoolsError> {
        let (key, pool) = self.0.pool_of(&request, &request.input.user_pool_id).await?;
        let found = self.0.user(&key, &pool.record, request.input.username.expose()).await?;
        let (key, user) = found.ok_or(UserPoolsError::NoSuchUser)?;
        self.0.sign_out_everywhere(&key, user.record.sub).await?;
        Ok(AdminUserGlobalSignOutResponse {})
    }
}
