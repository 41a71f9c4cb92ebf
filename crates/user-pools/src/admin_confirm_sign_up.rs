use std::sync::Arc;

use directory::UserStatus;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminConfirmSignUpRequest, AdminConfirmSignUpResponse};

use crate::{
    UserPools,
    confirm_sign_up::check_unconfirmed,
    error::UserPoolsError,
    names::check_visible,
    pools::{on_pool, pool_key},
    users::Who,
};

/// [`AdminConfirmSignUp`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminConfirmSignUp.html)
///
/// No address is verified by it.
pub(crate) struct AdminConfirmSignUp(pub(crate) Arc<UserPools>);

impl Operation for AdminConfirmSignUp {
    type Wire = wire::cognito_idp::AdminConfirmSignUp;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminConfirmSignUpRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminConfirmSignUp", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminConfirmSignUpResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let who = Who::Named(request.input.username.expose());
        let confirmed = self.0.change_user(&pool, who, false, |_, user| {
            check_unconfirmed(user)?;
            user.status = UserStatus::Confirmed;
            Ok(())
        });
        confirmed.await?;
        Ok(AdminConfirmSignUpResponse {})
    }
}
