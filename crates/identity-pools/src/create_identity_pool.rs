use std::sync::Arc;

use directory::{
    Change, IdentityPool, IdentityPoolKey, IdentityPoolRoles, TokenKey, TokenKeyKey, TokenPurpose,
};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use tokens::SigningKey;
use types::IdentityPoolId;
use wire::cognito_identity::{CreateIdentityPoolInput, IdentityPool as PoolShape};

use crate::{
    IdentityPools,
    error::PoolError,
    pool_shape::{check, described, providers, tags},
};

/// [`CreateIdentityPool`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_CreateIdentityPool.html)
///
/// The pool comes with the key that its tokens are signed with.
pub(crate) struct CreateIdentityPool(pub(crate) Arc<IdentityPools>);

impl Operation for CreateIdentityPool {
    type Wire = wire::cognito_identity::CreateIdentityPool;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &CreateIdentityPoolInput) -> Result<Vec<Need>, PoolError> {
        let tags = tags(input.identity_pool_tags.clone())?;
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
        let input = request.input;
        check(&input)?;
        let id = IdentityPoolId::random(owner.region(), &*pools.entropy);
        let pool = IdentityPool {
            id: id.clone(),
            name: input.identity_pool_name,
            allow_unauthenticated_identities: input.allow_unauthenticated_identities,
            allow_classic_flow: input.allow_classic_flow,
            providers: providers(input.cognito_identity_providers)?,
            roles: IdentityPoolRoles::default(),
            tags: tags(input.identity_pool_tags)?,
        };
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
