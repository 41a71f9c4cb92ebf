use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{UpdateUserAttributesRequest, UpdateUserAttributesResponse};

use crate::{
    UserPools,
    attributes::{self, Setter},
    error::UserPoolsError,
    users::Who,
};

/// [`UpdateUserAttributes`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserAttributes.html)
pub(crate) struct UpdateUserAttributes(pub(crate) Arc<UserPools>);

impl Operation for UpdateUserAttributes {
    type Wire = wire::cognito_idp::UpdateUserAttributes;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(
        &self,
        _: &Caller,
        _: &UpdateUserAttributesRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<UpdateUserAttributesResponse, UserPoolsError> {
        let UpdateUserAttributesRequest { access_token, user_attributes, .. } = &request.input;
        let bearer = self.0.bearer(&request, access_token).await?;
        let (who, by) = (Who::Sub(bearer.claims.sub), Setter::Client(&bearer.client));
        let changed = self.0.change_user(&bearer.pool_key, who, false, |pool, user| {
            let to_verify = attributes::change(pool, user, user_attributes, by)?;
            Ok((user.clone(), to_verify))
        });
        let (user, to_verify) = changed.await?;
        let place = (&bearer.pool_key, &bearer.pool);
        let sent = self.0.send_verifications(&request, place, &user, &to_verify).await?;
        Ok(UpdateUserAttributesResponse { code_delivery_details_list: Some(sent) })
    }
}
