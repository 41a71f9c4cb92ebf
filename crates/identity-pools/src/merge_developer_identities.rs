use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::{MergeDeveloperIdentitiesInput, MergeDeveloperIdentitiesResponse};

use crate::{
    IdentityPools,
    developer::check_provider,
    error::PoolError,
    identities::{Asker, Identities},
    pool_shape::{need, own_pool},
};

/// [`MergeDeveloperIdentities`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_MergeDeveloperIdentities.html)
///
/// The identity of the destination takes over all logins of the other one, which is disabled.
pub(crate) struct MergeDeveloperIdentities(pub(crate) Arc<IdentityPools>);

impl Operation for MergeDeveloperIdentities {
    type Wire = wire::cognito_identity::MergeDeveloperIdentities;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &MergeDeveloperIdentitiesInput,
    ) -> Result<Vec<Need>, PoolError> {
        need(caller, "cognito-identity:MergeDeveloperIdentities", &input.identity_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<MergeDeveloperIdentitiesResponse, PoolError> {
        let pools = &*self.0;
        let input = &request.input;
        let (key, pool) = own_pool(pools, &request, &input.identity_pool_id).await?;
        check_provider(&pool, &input.developer_provider_name)?;
        let (directory, asker) = (&pools.directory, Asker::Developer);
        let identities = Identities { directory, key: &key, pool: &pool, asker };
        let (source, destination) =
            (&input.source_user_identifier, &input.destination_user_identifier);
        let now = pools.clock.now();
        let merged = identities.merge_developer_users(source, destination, now).await?;
        let merged = merged.ok_or_else(|| {
            PoolError::NotFound("A developer user identifier has no identity.".to_owned())
        })?;
        Ok(MergeDeveloperIdentitiesResponse { identity_id: Some(merged.id.to_string()) })
    }
}
