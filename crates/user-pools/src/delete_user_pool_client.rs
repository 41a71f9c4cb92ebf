use std::sync::Arc;

use directory::{Change, UserPoolClientKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::DeleteUserPoolClientRequest;

use crate::{UserPools, error::UserPoolsError, names::check_word, pools::on_pool};

/// [`DeleteUserPoolClient`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolClient.html)
///
/// Its refresh tokens are worth nothing then, as whoever shows one must name the client.
pub(crate) struct DeleteUserPoolClient(pub(crate) Arc<UserPools>);

impl Operation for DeleteUserPoolClient {
    type Wire = wire::cognito_idp::DeleteUserPoolClient;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &DeleteUserPoolClientRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        on_pool("cognito-idp:DeleteUserPoolClient", caller, &input.user_pool_id)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), UserPoolsError> {
        let (pool, _) = self.0.pool_of(&request, &request.input.user_pool_id).await?;
        let key = UserPoolClientKey { pool, id: request.input.client_id.expose().clone() };
        let (pools, key) = (&self.0, &key);
        pools
            .directory
            .retry(|| async move {
                let client = pools.client(key).await?;
                let mut change = Change::new();
                change.delete(key, &client);
                Ok((change, ()))
            })
            .await
    }
}
