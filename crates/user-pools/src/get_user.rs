use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{GetUserRequest, GetUserResponse};

use crate::{UserPools, access_token::Bearer, attributes, error::UserPoolsError};

/// [`GetUser`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html)
///
/// Shows `sub` and what the client may read of the user (*Attribute permissions and scopes*,
/// Developer Guide).
pub(crate) struct GetUser(pub(crate) Arc<UserPools>);

impl Operation for GetUser {
    type Wire = wire::cognito_idp::GetUser;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, _: &GetUserRequest) -> Result<Vec<Need>, UserPoolsError> {
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetUserResponse, UserPoolsError> {
        let bearer = self.0.bearer(&request, &request.input.access_token).await?;
        Ok(shown(&bearer))
    }
}

fn shown(bearer: &Bearer) -> GetUserResponse {
    let user = &bearer.user.record;
    let may_read = |name: &str| name == "sub" || attributes::may_read(&bearer.client, name);
    let mut attributes = attributes::described(user);
    attributes.retain(|attribute| may_read(&attribute.name));
    GetUserResponse {
        username: user.username.as_str().into(),
        user_attributes: attributes,
        ..GetUserResponse::default()
    }
}
