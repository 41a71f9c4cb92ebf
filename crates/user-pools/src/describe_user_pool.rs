use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{DescribeUserPoolRequest, DescribeUserPoolResponse};

use crate::{UserPools, error::UserPoolsError, pool_shape::described, pools::on_pool};

/// [`DescribeUserPool`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPool.html)
pub(crate) struct DescribeUserPool(pub(crate) Arc<UserPools>);

impl Operation for DescribeUserPool {
    type Wire = wire::cognito_idp::DescribeUserPool;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &DescribeUserPoolRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        on_pool("cognito-idp:DescribeUserPool", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DescribeUserPoolResponse, UserPoolsError> {
        let (key, pool) = self.0.pool_of(&request, &request.input.user_pool_id).await?;
        Ok(DescribeUserPoolResponse { user_pool: Some(described(&key, &pool.record)) })
    }
}
