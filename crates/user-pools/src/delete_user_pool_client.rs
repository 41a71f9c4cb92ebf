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
        self.0.delete_client(&key).await
    }
}

impl UserPools {
    pub(crate) async fn delete_client(
        &self,
        key: &UserPoolClientKey,
    ) -> Result<(), UserPoolsError> {
        self.directory
            .retry(|| async move {
                let client = self.client(key).await?;
                let mut change = Change::new();
                change.delete(key, &client);
                if client.record.allows_srp() {
                    let (now, entropy) = (self.clock.now(), &*self.entropy);
                    change.drop_unused_srp_verifiers(&key.pool, now, entropy);
                }
                Ok((change, ()))
            })
            .await
    }
}
