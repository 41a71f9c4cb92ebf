use std::sync::Arc;

use directory::IdentityPool;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::{DescribeIdentityPoolInput, IdentityPool as PoolShape};

use crate::{
    IdentityPools,
    error::PoolError,
    pool_shape::{described, need, own_key},
};

/// [`DescribeIdentityPool`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DescribeIdentityPool.html)
pub(crate) struct DescribeIdentityPool(pub(crate) Arc<IdentityPools>);

impl Operation for DescribeIdentityPool {
    type Wire = wire::cognito_identity::DescribeIdentityPool;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &DescribeIdentityPoolInput,
    ) -> Result<Vec<Need>, PoolError> {
        need(caller, "cognito-identity:DescribeIdentityPool", &input.identity_pool_id)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<PoolShape, PoolError> {
        let key = own_key(&request, &request.input.identity_pool_id)?;
        let found = self.0.directory.get::<IdentityPool>(&key).await?;
        let found = found.ok_or_else(|| PoolError::NoSuchPool(key.id.to_string()))?;
        Ok(described(&found.record))
    }
}
