use std::sync::Arc;

use directory::{Change, IdentityPool, TokenKey, TokenKeyKey, TokenPurpose};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::DeleteIdentityPoolInput;

use crate::{
    IdentityPools,
    error::PoolError,
    pool_shape::{need, own_key},
};

/// [`DeleteIdentityPool`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DeleteIdentityPool.html)
///
/// The key goes with the pool, so no more sessions come of it; those given out live on, as on AWS.
/// Its identities are cleared away in the background: from that moment none can be reached, since a
/// pool's id never comes back.
pub(crate) struct DeleteIdentityPool(pub(crate) Arc<IdentityPools>);

impl Operation for DeleteIdentityPool {
    type Wire = wire::cognito_identity::DeleteIdentityPool;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &DeleteIdentityPoolInput,
    ) -> Result<Vec<Need>, PoolError> {
        need(caller, "cognito-identity:DeleteIdentityPool", &input.identity_pool_id)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), PoolError> {
        let directory = &self.0.directory;
        let key = own_key(&request, &request.input.identity_pool_id)?;
        let found = directory.get::<IdentityPool>(&key).await?;
        let found = found.ok_or_else(|| PoolError::NoSuchPool(key.id.to_string()))?;
        let token_key = TokenKeyKey {
            owner: key.owner.clone(),
            pool: key.id.to_string(),
            purpose: TokenPurpose::IdentityToken,
        };
        let mut change = Change::new();
        change.delete(&key, &found);
        if let Some(found) = directory.get::<TokenKey>(&token_key).await? {
            change.delete(&token_key, &found);
        }
        change.clear_identities(&key, self.0.clock.now(), &*self.0.entropy);
        directory.commit(change).await?;
        Ok(())
    }
}
