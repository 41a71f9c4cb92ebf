use std::sync::Arc;

use directory::IdentityPool;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::{
    SetPrincipalTagAttributeMapInput, SetPrincipalTagAttributeMapResponse,
};

use crate::{
    IdentityPools,
    error::PoolError,
    pool_shape::{need, own_key},
    principal_tag_shape::{check_provider, taken, uses_defaults},
    principal_tags,
};

/// [`SetPrincipalTagAttributeMap`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetPrincipalTagAttributeMap.html)
///
/// Sets the map of one provider anew. Roles that its people get must then allow `sts:TagSession`.
pub(crate) struct SetPrincipalTagAttributeMap(pub(crate) Arc<IdentityPools>);

impl Operation for SetPrincipalTagAttributeMap {
    type Wire = wire::cognito_identity::SetPrincipalTagAttributeMap;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &SetPrincipalTagAttributeMapInput,
    ) -> Result<Vec<Need>, PoolError> {
        need(caller, "cognito-identity:SetPrincipalTagAttributeMap", &input.identity_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<SetPrincipalTagAttributeMapResponse, PoolError> {
        let key = own_key(&request, &request.input.identity_pool_id)?;
        let input = request.input;
        let provider = input.identity_provider_name;
        let tags = taken(input.use_defaults, input.principal_tags)?;
        let set = self.0.directory.update::<IdentityPool, (), PoolError>(&key, |pool| {
            check_provider(pool, &provider)?;
            pool.principal_tags.insert(provider.clone(), tags.clone());
            Ok(())
        });
        set.await?.ok_or_else(|| PoolError::NoSuchPool(key.id.to_string()))?;
        Ok(SetPrincipalTagAttributeMapResponse {
            identity_pool_id: Some(key.id.to_string()),
            identity_provider_name: Some(provider),
            principal_tags: Some(principal_tags::map(&tags)),
            use_defaults: Some(uses_defaults(&tags)),
        })
    }
}
