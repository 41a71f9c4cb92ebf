use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{GetUserRequest, GetUserResponse};

use crate::{
    Access,
    entities::{asked, need, user_name},
    error::AccessError,
    users::described,
};

/// [`GetUser`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html)
///
/// Without a name it is about the calling user.
pub(crate) struct GetUser(pub(crate) Arc<Access>);

impl Operation for GetUser {
    type Wire = wire::iam::GetUser;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, caller: &Caller, input: &GetUserRequest) -> Result<Vec<Need>, AccessError> {
        let name = user_name(caller, input.user_name.as_deref())?;
        Ok(vec![need::<IamUser>("iam:GetUser", &name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetUserResponse, AccessError> {
        let name = user_name(request.caller(), request.input.user_name.as_deref())?;
        let asked = asked::<IamUser, _>(&request, &name)?;
        let (_, found) = asked.find(&self.0.directory).await?;
        Ok(GetUserResponse { user: described(&found.record, &asked.owner) })
    }
}
