use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::{
    GetPrincipalTagAttributeMapInput, GetPrincipalTagAttributeMapResponse,
};

use crate::{
    IdentityPools,
    error::PoolError,
    pool_shape::{need, own_pool},
    principal_tag_shape::uses_defaults,
    principal_tags,
};

/// [`GetPrincipalTagAttributeMap`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetPrincipalTagAttributeMap.html)
///
/// Of a provider that never had a map set there is none.
pub(crate) struct GetPrincipalTagAttributeMap(pub(crate) Arc<IdentityPools>);

impl Operation for GetPrincipalTagAttributeMap {
    type Wire = wire::cognito_identity::GetPrincipalTagAttributeMap;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &GetPrincipalTagAttributeMapInput,
    ) -> Result<Vec<Need>, PoolError> {
        need(caller, "cognito-identity:GetPrincipalTagAttributeMap", &input.identity_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetPrincipalTagAttributeMapResponse, PoolError> {
        let (key, pool) = own_pool(&self.0, &request, &request.input.identity_pool_id).await?;
        let provider = request.input.identity_provider_name;
        let tags = pool.principal_tags.get(&provider).ok_or_else(|| {
            PoolError::NotFound(format!("No principal tags are set for {provider:?}."))
        })?;
        Ok(GetPrincipalTagAttributeMapResponse {
            identity_pool_id: Some(key.id.to_string()),
            principal_tags: Some(principal_tags::map(tags)),
            use_defaults: Some(uses_defaults(tags)),
            identity_provider_name: Some(provider),
        })
    }
}
