use std::sync::Arc;

use directory::{Change, IdentityPool, IdentityPoolKey, TokenKey, TokenKeyKey, TokenPurpose};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use tokens::SigningKey;
use types::IdentityPoolId;
use wire::cognito_identity::{CreateIdentityPoolInput, IdentityPool as PoolShape};

use crate::{
    IdentityPools,
    error::PoolError,
    pool_shape::{described, is_of_aws, settings, tags},
};

/// How many pools an account has in a region. Source: Amazon Cognito Developer Guide, *Quotas in
/// Amazon Cognito*.
const POOLS_MAX: usize = 1000;

/// [`CreateIdentityPool`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_CreateIdentityPool.html)
///
/// The pool comes with the key that its tokens are signed with.
pub(crate) struct CreateIdentityPool(pub(crate) Arc<IdentityPools>);

impl Operation for CreateIdentityPool {
    type Wire = wire::cognito_identity::CreateIdentityPool;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &CreateIdentityPoolInput,
    ) -> Result<Vec<Need>, PoolError> {
        let mut tags = tags(caller, input.identity_pool_tags.clone())?;
        // For those that a service sets, its caller needs no permission.
        tags.retain(|key, _| !is_of_aws(key));
        let mut actions = vec!["cognito-identity:CreateIdentityPool"];
        if !tags.is_empty() {
            actions.push("cognito-identity:TagResource");
        }
        let need = |action| Need::new(action, On::Everything).with_request_tags(&tags);
        Ok(actions.into_iter().map(need).collect())
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<PoolShape, PoolError> {
        let pools = &*self.0;
        let owner = request.owner().ok_or(PoolError::NoAccount)?;
        let tags = tags(request.caller(), request.input.identity_pool_tags.clone())?;
        let input = request.input;
        let settings = settings(input)?;
        let within = IdentityPoolKey::prefix(&owner);
        let there = pools.directory.list::<IdentityPool>(&within, None, POOLS_MAX).await?;
        if there.records.len() == POOLS_MAX {
            let message = format!("An account has at most {POOLS_MAX} identity pools");
            return Err(PoolError::LimitExceeded(message));
        }
        let id = IdentityPoolId::random(owner.region(), &*pools.entropy);
        let pool = settings.pool(id.clone(), tags);
        let signing = pools.workers.run(SigningKey::generate).await??;
        let token_key = TokenKeyKey {
            owner: owner.clone(),
            pool: id.to_string(),
            purpose: TokenPurpose::IdentityToken,
        };
        let now = pools.clock.now();
        let sealed = TokenKey::seal(&token_key, &signing, now, &pools.ring, &*pools.entropy)?;
        let mut change = Change::new();
        change.create(&IdentityPoolKey { owner, id }, &pool);
        change.create(&token_key, &sealed);
        pools.directory.commit(change).await?;
        Ok(described(&pool))
    }
}
