use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::DeleteUserRequest;

use crate::{UserPools, error::UserPoolsError, users::Who};

/// [`DeleteUser`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUser.html)
pub(crate) struct DeleteUser(pub(crate) Arc<UserPools>);

impl Operation for DeleteUser {
    type Wire = wire::cognito_idp::DeleteUser;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, _: &DeleteUserRequest) -> Result<Vec<Need>, UserPoolsError> {
        Ok(Vec::new())
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), UserPoolsError> {
        let bearer = self.0.bearer(&request, &request.input.access_token).await?;
        self.0.delete_user(&bearer.pool_key, Who::Sub(bearer.claims.sub)).await
    }
}
