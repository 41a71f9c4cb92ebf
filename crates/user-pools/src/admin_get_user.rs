use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminGetUserRequest, AdminGetUserResponse};

use crate::{
    UserPools, attributes, error::UserPoolsError, names::check_visible, pools::on_pool,
    users::status,
};

/// [`AdminGetUser`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html)
pub(crate) struct AdminGetUser(pub(crate) Arc<UserPools>);

impl Operation for AdminGetUser {
    type Wire = wire::cognito_idp::AdminGetUser;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminGetUserRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminGetUser", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminGetUserResponse, UserPoolsError> {
        let (key, pool) = self.0.pool_of(&request, &request.input.user_pool_id).await?;
        let found = self.0.user(&key, &pool.record, request.input.username.expose()).await?;
        let user = found.ok_or(UserPoolsError::NoSuchUser)?.1.record;
        Ok(AdminGetUserResponse {
            enabled: Some(user.enabled),
            user_attributes: Some(attributes::described(&user)),
            user_create_date: Some(user.created),
            user_last_modified_date: Some(user.last_modified),
            user_status: Some(status(user.status)),
            username: user.username.as_str().into(),
            ..AdminGetUserResponse::default()
        })
    }
}
