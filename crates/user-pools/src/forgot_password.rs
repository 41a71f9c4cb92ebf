use std::sync::Arc;

use directory::{CodePurpose, User, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{CodeDeliveryDetailsType, ForgotPasswordRequest, ForgotPasswordResponse};

use crate::{
    UserPools,
    delivery::{decoy_details, to_recover},
    error::UserPoolsError,
    names::{check_visible, check_word},
    sign_in::Attempt,
};

/// [`ForgotPassword`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgotPassword.html)
pub(crate) struct ForgotPassword(pub(crate) Arc<UserPools>);

impl Operation for ForgotPassword {
    type Wire = wire::cognito_idp::ForgotPassword;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(
        &self,
        _: &Caller,
        input: &ForgotPasswordRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        check_visible("username", input.username.expose())?;
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ForgotPasswordResponse, UserPoolsError> {
        let (pools, input) = (&self.0, &request.input);
        let client_id = input.client_id.expose();
        let pool_key = pools.pool_of_client(&request, client_id).await?;
        let attempt = pools.attempt(pool_key, client_id, [].into()).await?;
        let username = input.username.expose();
        attempt.check_presented_hash(username, input.secret_hash.as_ref())?;
        let (pool_key, pool) = (&attempt.pool_key, &attempt.pool);
        let found = pools.user(pool_key, pool, username).await?;
        let hidden = attempt.client.prevent_user_existence_errors;
        let reached = match &found {
            Some((_, found)) => check_recoverable(&found.record)
                .and_then(|()| to_recover(pool, &found.record))
                .map(|destination| (&found.record, destination)),
            None => Err(UserPoolsError::NobodyToSendTo),
        };
        let (user, destination) = match reached {
            Ok(reached) => reached,
            // It must not show that there is nobody, or nobody who is reached.
            Err(_) if hidden => {
                let code_delivery_details = Some(pools.decoy_delivery(&attempt, username).await?);
                return Ok(ForgotPasswordResponse { code_delivery_details });
            }
            Err(error) => return Err(error),
        };
        let place = (pool_key, pool);
        let sent = pools.send_code(&request, place, user, CodePurpose::ForgotPassword, destination);
        Ok(ForgotPasswordResponse { code_delivery_details: Some(sent.await?) })
    }
}

impl UserPools {
    /// What is told of a code that nobody gets, if the client hides who exists.
    pub(crate) async fn decoy_delivery(
        &self,
        attempt: &Attempt,
        username: &str,
    ) -> Result<CodeDeliveryDetailsType, UserPoolsError> {
        if !attempt.client.prevent_user_existence_errors {
            return Err(UserPoolsError::NobodyToSendTo);
        }
        let decoys = self.decoys(&attempt.pool_key).await?;
        let decoy = decoys.of("delivery", &attempt.pool.comparable(username))?;
        Ok(decoy_details(username, &decoy))
    }
}

/// Refuses a user whose password an administrator has to do with.
pub(crate) fn check_recoverable(user: &User) -> Result<(), UserPoolsError> {
    match user.status {
        _ if !user.enabled => Err(UserPoolsError::UserDisabled),
        UserStatus::Confirmed | UserStatus::ResetRequired => Ok(()),
        UserStatus::Unconfirmed => Err(UserPoolsError::NowhereToRecover),
        UserStatus::ForceChangePassword => Err(UserPoolsError::NotRecoverable),
    }
}
