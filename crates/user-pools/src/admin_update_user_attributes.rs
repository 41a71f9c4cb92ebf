use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminUpdateUserAttributesRequest, AdminUpdateUserAttributesResponse};

use crate::{
    UserPools,
    attributes::{self, Setter},
    error::UserPoolsError,
    names::check_visible,
    pools::{on_pool, pool_key},
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
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let AdminUpdateUserAttributesRequest { username, user_attributes, .. } = &request.input;
        let who = Who::Named(username.expose());
        self.0
            .change_user(&pool, who, false, |pool, user| {
                attributes::change(pool, user, user_attributes, Setter::Administrator)
            })
            .await?;
        Ok(AdminUpdateUserAttributesResponse {})
    }
}
