use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{DeleteUserAttributesRequest, DeleteUserAttributesResponse};

use crate::{
    UserPools,
    attributes::{self, Setter},
    error::UserPoolsError,
    users::Who,
};

/// [`DeleteUserAttributes`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserAttributes.html)
pub(crate) struct DeleteUserAttributes(pub(crate) Arc<UserPools>);

impl Operation for DeleteUserAttributes {
    type Wire = wire::cognito_idp::DeleteUserAttributes;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(
        &self,
        _: &Caller,
        _: &DeleteUserAttributesRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DeleteUserAttributesResponse, UserPoolsError> {
        let DeleteUserAttributesRequest { access_token, user_attribute_names } = &request.input;
        let bearer = self.0.bearer(&request, access_token).await?;
        let (who, by) = (Who::Sub(bearer.claims.sub), Setter::Client(&bearer.client));
        self.0
            .change_user(&bearer.pool_key, who, false, |pool, user| {
                attributes::remove(pool, user, user_attribute_names, by)
            })
            .await?;
        Ok(DeleteUserAttributesResponse {})
    }
}
