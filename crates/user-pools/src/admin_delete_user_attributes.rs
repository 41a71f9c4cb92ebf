use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminDeleteUserAttributesRequest, AdminDeleteUserAttributesResponse};

use crate::{
    UserPools,
    attributes::{self, Setter},
    error::UserPoolsError,
    names::check_visible,
    pools::{on_pool, pool_key},
    users::Who,
};

/// [`AdminDeleteUserAttributes`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteUserAttributes.html)
pub(crate) struct AdminDeleteUserAttributes(pub(crate) Arc<UserPools>);

impl Operation for AdminDeleteUserAttributes {
    type Wire = wire::cognito_idp::AdminDeleteUserAttributes;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminDeleteUserAttributesRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminDeleteUserAttributes", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminDeleteUserAttributesResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let AdminDeleteUserAttributesRequest { username, user_attribute_names, .. } =
            &request.input;
        let who = Who::Named(username.expose());
        self.0
            .change_user(&pool, who, false, |pool, user| {
                attributes::remove(pool, user, user_attribute_names, Setter::Administrator)
            })
            .await?;
        Ok(AdminDeleteUserAttributesResponse {})
    }
}
