use std::sync::Arc;

use directory::{Change, UserPoolClient, UserPoolClientKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{UpdateUserPoolClientRequest, UpdateUserPoolClientResponse};

use crate::{
    UserPools,
    client_settings::ClientSettings,
    clients::described,
    error::UserPoolsError,
    names::{check_title, check_word},
    pools::{on_pool, pool_key},
};

/// [`UpdateUserPoolClient`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html)
///
/// What is not given is set to its default, but for the client's name. The secret stays.
pub(crate) struct UpdateUserPoolClient(pub(crate) Arc<UserPools>);

impl Operation for UpdateUserPoolClient {
    type Wire = wire::cognito_idp::UpdateUserPoolClient;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &UpdateUserPoolClientRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        on_pool("cognito-idp:UpdateUserPoolClient", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<UpdateUserPoolClientResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let id = request.input.client_id.expose().clone();
        let key = UserPoolClientKey { pool, id };
        let client = self.0.update_user_pool_client(&key, request.input).await?;
        let secret = self.0.client_secret(&key, &client)?;
        let described = described(&key.pool, &client, secret);
        Ok(UpdateUserPoolClientResponse { user_pool_client: Some(described) })
    }
}

impl UserPools {
    pub(crate) async fn update_user_pool_client(
        &self,
        key: &UserPoolClientKey,
        input: UpdateUserPoolClientRequest,
    ) -> Result<UserPoolClient, UserPoolsError> {
        if let Some(name) = &input.client_name {
            check_title("clientName", name)?;
        }
        let new_name = input.client_name.clone();
        let settings = ClientSettings::try_from(input)?;
        let (new_name, settings) = (&new_name, &settings);
        self.directory
            .retry(|| async move {
                let pool = self.pool(&key.pool).await?;
                let found = self.client(key).await?;
                let before = found.record.clone();
                let name = new_name.clone().unwrap_or(before.name);
                let now = self.clock.now();
                let client = UserPoolClient {
                    created: before.created,
                    ..settings.client(&pool.record, before.id, name, before.secret, now)?
                };
                let mut change = Change::new();
                change.require_unchanged(&pool);
                change.replace(key, &found, &client);
                if found.record.allows_srp() && !client.allows_srp() {
                    change.drop_unused_srp_verifiers(&key.pool, now, &*self.entropy);
                }
                Ok((change, client))
            })
            .await
    }
}
