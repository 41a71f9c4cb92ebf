use std::sync::Arc;

use directory::{CodePurpose, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{ResendConfirmationCodeRequest, ResendConfirmationCodeResponse};

use crate::{
    UserPools,
    delivery::to_verify,
    error::UserPoolsError,
    names::{check_visible, check_word},
};

/// [`ResendConfirmationCode`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResendConfirmationCode.html)
///
/// The code is another one than before.
pub(crate) struct ResendConfirmationCode(pub(crate) Arc<UserPools>);

impl Operation for ResendConfirmationCode {
    type Wire = wire::cognito_idp::ResendConfirmationCode;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(
        &self,
        _: &Caller,
        input: &ResendConfirmationCodeRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        check_visible("username", input.username.expose())?;
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ResendConfirmationCodeResponse, UserPoolsError> {
        let (pools, input) = (&self.0, &request.input);
        let client_id = input.client_id.expose();
        let pool_key = pools.pool_of_client(&request, client_id).await?;
        let attempt = pools.attempt(pool_key, client_id, [].into()).await?;
        let username = input.username.expose();
        attempt.check_presented_hash(username, input.secret_hash.as_ref())?;
        let (pool_key, pool) = (&attempt.pool_key, &attempt.pool);
        let Some((_, found)) = pools.user(pool_key, pool, username).await? else {
            let code_delivery_details = Some(pools.decoy_delivery(&attempt, username).await?);
            return Ok(ResendConfirmationCodeResponse { code_delivery_details });
        };
        let user = &found.record;
        if user.status != UserStatus::Unconfirmed {
            return Err(UserPoolsError::AlreadyConfirmed);
        }
        let destination = to_verify(pool, user).ok_or(UserPoolsError::NothingToVerify)?;
        let place = (pool_key, pool);
        let sent = pools.send_code(&request, place, user, CodePurpose::SignUp, destination);
        Ok(ResendConfirmationCodeResponse { code_delivery_details: Some(sent.await?) })
    }
}
