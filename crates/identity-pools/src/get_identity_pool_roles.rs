use std::sync::Arc;

use directory::IdentityPool;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::{GetIdentityPoolRolesInput, GetIdentityPoolRolesResponse};

use crate::{
    IdentityPools,
    error::PoolError,
    pool_shape::{need, own_key},
    role_shape::{described_mappings, described_roles},
};

/// [`GetIdentityPoolRoles`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetIdentityPoolRoles.html)
pub(crate) struct GetIdentityPoolRoles(pub(crate) Arc<IdentityPools>);

impl Operation for GetIdentityPoolRoles {
    type Wire = wire::cognito_identity::GetIdentityPoolRoles;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &GetIdentityPoolRolesInput,
    ) -> Result<Vec<Need>, PoolError> {
        need(caller, "cognito-identity:GetIdentityPoolRoles", &input.identity_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetIdentityPoolRolesResponse, PoolError> {
        let key = own_key(&request, &request.input.identity_pool_id)?;
        let found = self.0.directory.get::<IdentityPool>(&key).await?;
        let found = found.ok_or_else(|| PoolError::NoSuchPool(key.id.to_string()))?;
        let roles = &found.record.roles;
        let mappings = Some(described_mappings(roles)).filter(|mappings| !mappings.is_empty());
        Ok(GetIdentityPoolRolesResponse {
            identity_pool_id: Some(key.id.to_string()),
            role_mappings: mappings,
            roles: Some(described_roles(roles)),
        })
    }
}
