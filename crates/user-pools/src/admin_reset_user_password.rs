use std::sync::Arc;

use directory::{CodePurpose, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminResetUserPasswordRequest, AdminResetUserPasswordResponse};

use crate::{
    UserPools, delivery::to_recover, error::UserPoolsError, names::check_visible, pools::on_pool,
    users::Who,
};

/// [`AdminResetUserPassword`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminResetUserPassword.html)
///
/// The password is gone, and the user is sent a code to set another one by.
pub(crate) struct AdminResetUserPassword(pub(crate) Arc<UserPools>);

impl Operation for AdminResetUserPassword {
    type Wire = wire::cognito_idp::AdminResetUserPassword;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminResetUserPasswordRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminResetUserPassword", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminResetUserPasswordResponse, UserPoolsError> {
        let input = &request.input;
        let (pool_key, pool) = self.0.pool_of(&request, &input.user_pool_id).await?;
        let who = Who::Named(input.username.expose());
        let reset = self.0.change_user(&pool_key, who, false, |pool, user| {
            match user.status {
                UserStatus::Confirmed | UserStatus::ResetRequired => {}
                UserStatus::Unconfirmed | UserStatus::ForceChangePassword => {
                    return Err(UserPoolsError::NotRecoverable);
                }
            }
            let destination = to_recover(pool, user)?;
            user.status = UserStatus::ResetRequired;
            user.password = None;
            user.srp = None;
            Ok((user.clone(), destination))
        });
        let (user, destination) = reset.await?;
        let (place, purpose) = ((&pool_key, &pool.record), CodePurpose::ForgotPassword);
        self.0.send_code(&request, place, &user, purpose, destination).await?;
        Ok(AdminResetUserPasswordResponse {})
    }
}
