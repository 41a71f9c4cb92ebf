use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminUpdateUserAttributesRequest, AdminUpdateUserAttributesResponse};

use crate::{
    UserPools,
    attributes::{self, Setter},
    error::UserPoolsError,
    names::check_visible,
    pools::on_pool,
    users::Who,
};

/// [`AdminUpdateUserAttributes`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html)
pub(crate) struct AdminUpdateUserAttributes(pub(crate) Arc<UserPools>);

impl Operation for AdminUpdateUserAttributes {
    type Wire = wire::cognito_idp::AdminUpdateUserAttributes;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminUpdateUserAttributesRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminUpdateUserAttributes", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminUpdateUserAttributesResponse, UserPoolsError> {
        let (pool_key, pool) = self.0.pool_of(&request, &request.input.user_pool_id).await?;
        let AdminUpdateUserAttributesRequest { username, user_attributes, .. } = &request.input;
        let who = Who::Named(username.expose());
        let changed = self.0.change_user(&pool_key, who, false, |pool, user| {
            let by = Setter::Administrator;
            let to_verify = attributes::change(pool, user, user_attributes, by)?;
            Ok((user.clone(), to_verify))
        });
        let (user, to_verify) = changed.await?;
        let place = (&pool_key, &pool.record);
        self.0.send_verifications(&request, place, &user, &to_verify).await?;
        Ok(AdminUpdateUserAttributesResponse {})
    }
}
