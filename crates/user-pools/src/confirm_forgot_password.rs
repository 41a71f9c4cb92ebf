use std::sync::Arc;

use directory::{Change, CodePurpose, User, UserPoolKey, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{ConfirmForgotPasswordRequest, ConfirmForgotPasswordResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    forgot_password::check_recoverable,
    names::{check_visible, check_word},
};

/// [`ConfirmForgotPassword`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmForgotPassword.html)
///
/// A lockout ends, as the user is shown to be who they say.
pub(crate) struct ConfirmForgotPassword(pub(crate) Arc<UserPools>);

impl Operation for ConfirmForgotPassword {
    type Wire = wire::cognito_idp::ConfirmForgotPassword;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(
        &self,
        _: &Caller,
        input: &ConfirmForgotPasswordRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        check_visible("username", input.username.expose())?;
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ConfirmForgotPasswordResponse, UserPoolsError> {
        let pool = self.0.pool_of_client(&request, request.input.client_id.expose()).await?;
        self.0.confirm_forgot_password(&pool, &request.input).await?;
        Ok(ConfirmForgotPasswordResponse {})
    }
}

impl UserPools {
    pub(crate) async fn confirm_forgot_password(
        &self,
        pool_key: &UserPoolKey,
        input: &ConfirmForgotPasswordRequest,
    ) -> Result<(), UserPoolsError> {
        let client_id = input.client_id.expose();
        let attempt = self.attempt(pool_key.clone(), client_id, [].into()).await?;
        let username = input.username.expose();
        attempt.check_presented_hash(username, input.secret_hash.as_ref())?;
        // Before the code, so that a password that is refused does not cost a try.
        crate::password_policy::check(&attempt.pool.password_policy, &input.password)?;
        let found = self.user(pool_key, &attempt.pool, username).await?;
        let hidden = attempt.client.prevent_user_existence_errors;
        let Some((key, found)) = found else {
            return Err(if hidden {
                UserPoolsError::CodeMismatch
            } else {
                UserPoolsError::NobodyToSendTo
            });
        };
        if let Err(error) = check_recoverable(&found.record) {
            return Err(if hidden { UserPoolsError::CodeMismatch } else { error });
        }
        let sub = found.record.sub;
        let purpose = CodePurpose::ForgotPassword;
        let code = &self.try_code(pool_key, sub, purpose, &input.confirmation_code).await?;
        self.check_not_used(&attempt.pool, &found.record, &input.password).await?;
        let username = &found.record.username;
        let password = &self.new_password(&attempt.pool, &key, username, &input.password).await?;
        let key = &key;
        self.directory
            .retry(|| async move {
                let found = self.directory.get::<User>(key).await?;
                let found = found.filter(|found| found.record.sub == sub);
                let found = found.ok_or(UserPoolsError::CodeExpired)?;
                let mut user = found.record.clone();
                check_recoverable(&user)?;
                password.set(&mut user);
                user.status = UserStatus::Confirmed;
                user.failures = None;
                let mut change = Change::new();
                self.use_code(code, &mut change).await?;
                change.replace(key, &found, &user);
                Ok((change, ()))
            })
            .await
    }
}
