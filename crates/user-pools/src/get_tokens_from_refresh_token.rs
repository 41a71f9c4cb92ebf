use std::sync::Arc;

use directory::{UserPoolClientKey, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::SecretString;
use wire::cognito_idp::{
    AuthenticationResultType, GetTokensFromRefreshTokenRequest, GetTokensFromRefreshTokenResponse,
};

use crate::{UserPools, error::UserPoolsError, names::check_word};

/// [`GetTokensFromRefreshToken`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html)
///
/// Unlike `REFRESH_TOKEN_AUTH`, it takes the client's secret itself, and is open at every client.
pub(crate) struct GetTokensFromRefreshToken(pub(crate) Arc<UserPools>);

impl Operation for GetTokensFromRefreshToken {
    type Wire = wire::cognito_idp::GetTokensFromRefreshToken;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(
        &self,
        _: &Caller,
        input: &GetTokensFromRefreshTokenRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        if input.device_key.is_some() {
            return Err(UserPoolsError::NotServed("DeviceKey"));
        }
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetTokensFromRefreshTokenResponse, UserPoolsError> {
        let client_id = request.input.client_id.expose().clone();
        let pool = self.0.pool_of_client(&request, &client_id).await?;
        let input = &request.input;
        let secret = input.client_secret.as_ref();
        let tokens =
            self.0.tokens_from_refresh_token(&pool, client_id, secret, &input.refresh_token);
        Ok(GetTokensFromRefreshTokenResponse { authentication_result: Some(tokens.await?) })
    }
}

impl UserPools {
    pub(crate) async fn tokens_from_refresh_token(
        &self,
        pool: &UserPoolKey,
        client_id: String,
        secret: Option<&SecretString>,
        token: &SecretString,
    ) -> Result<AuthenticationResultType, UserPoolsError> {
        let key = UserPoolClientKey { pool: pool.clone(), id: client_id };
        let client = self.client(&key).await?.record;
        self.check_client_secret(&key, &client, secret)
            .map_err(|_| UserPoolsError::WrongSecret(client.id.clone()))?;
        let refreshable = self.refreshable(pool, &client, token).await?;
        let grace = client.refresh_token_rotation.as_ref().map(|it| it.grace_period_seconds);
        self.refresh(&client, &refreshable, grace).await
    }
}
