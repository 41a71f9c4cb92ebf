use std::sync::Arc;

use directory::UserPoolClientKey;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{DescribeUserPoolClientRequest, DescribeUserPoolClientResponse};

use crate::{
    UserPools, clients::described, error::UserPoolsError, names::check_word, pools::on_pool,
};

/// [`DescribeUserPoolClient`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPoolClient.html)
pub(crate) struct DescribeUserPoolClient(pub(crate) Arc<UserPools>);

impl Operation for DescribeUserPoolClient {
    type Wire = wire::cognito_idp::DescribeUserPoolClient;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &DescribeUserPoolClientRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        on_pool("cognito-idp:DescribeUserPoolClient", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DescribeUserPoolClientResponse, UserPoolsError> {
        let (pool, _) = self.0.pool_of(&request, &request.input.user_pool_id).await?;
        let id = request.input.client_id.expose().clone();
        let key = UserPoolClientKey { pool: pool.clone(), id };
        let client = self.0.client(&key).await?.record;
        let secret = self.0.client_secret(&key, &client)?;
        let described = described(&pool, &client, secret);
        Ok(DescribeUserPoolClientResponse { user_pool_client: Some(described) })
    }
}
