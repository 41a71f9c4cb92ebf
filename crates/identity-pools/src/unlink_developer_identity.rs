use std::sync::Arc;

use directory::{Identity, IdentityKey, IdentityState};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::UnlinkDeveloperIdentityInput;

use crate::{
    IdentityPools,
    developer::check_provider,
    error::PoolError,
    ids::identity_id,
    pool_shape::{need, own_pool},
};

/// [`UnlinkDeveloperIdentity`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UnlinkDeveloperIdentity.html)
///
/// The user is a new person when it is seen again, and tokens for it open nothing any more. Without
/// any login left, nobody can have the identity.
pub(crate) struct UnlinkDeveloperIdentity(pub(crate) Arc<IdentityPools>);

impl Operation for UnlinkDeveloperIdentity {
    type Wire = wire::cognito_identity::UnlinkDeveloperIdentity;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &UnlinkDeveloperIdentityInput,
    ) -> Result<Vec<Need>, PoolError> {
        need(caller, "cognito-identity:UnlinkDeveloperIdentity", &input.identity_pool_id)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), PoolError> {
        let pools = &*self.0;
        let input = &request.input;
        let (key, pool) = own_pool(pools, &request, &input.identity_pool_id).await?;
        check_provider(&pool, &input.developer_provider_name)?;
        let missing = || PoolError::NoSuchIdentity(input.identity_id.clone());
        let id = identity_id(&input.identity_id)?.ok_or_else(missing)?;
        let place = IdentityKey { owner: key.owner, pool: key.id, id };
        let now = pools.clock.now();
        let unlinked = pools.directory.update::<Identity, (), PoolError>(&place, |identity| {
            if !identity.developer_users.remove(&input.developer_user_identifier) {
                let message = "The identity has no such developer user identifier.";
                return Err(PoolError::NotFound(message.to_owned()));
            }
            if identity.has_no_login() {
                identity.state = IdentityState::Inaccessible;
            }
            identity.last_modified = now;
            Ok(())
        });
        unlinked.await?.ok_or_else(missing)
    }
}
