use std::sync::Arc;

use directory::{UserPool, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{
    AddCustomAttributesRequest, AddCustomAttributesResponse, SchemaAttributeType,
};

use crate::{
    UserPools,
    error::UserPoolsError,
    pools::{on_pool, pool_key},
    schema,
};

/// [`AddCustomAttributes`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddCustomAttributes.html)
pub(crate) struct AddCustomAttributes(pub(crate) Arc<UserPools>);

impl Operation for AddCustomAttributes {
    type Wire = wire::cognito_idp::AddCustomAttributes;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AddCustomAttributesRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        on_pool("cognito-idp:AddCustomAttributes", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AddCustomAttributesResponse, UserPoolsError> {
        let key = pool_key(&request, &request.input.user_pool_id)?;
        self.0.add_custom_attributes(&key, &request.input.custom_attributes).await?;
        Ok(AddCustomAttributesResponse {})
    }
}

impl UserPools {
    pub(crate) async fn add_custom_attributes(
        &self,
        key: &UserPoolKey,
        given: &[SchemaAttributeType],
    ) -> Result<(), UserPoolsError> {
        let add = |pool: &mut UserPool| -> Result<(), UserPoolsError> {
            pool.schema = schema::with_custom(&pool.schema, given)?;
            pool.last_modified = self.clock.now();
            Ok(())
        };
        let added = self.directory.update(key, add).await?;
        added.ok_or_else(|| UserPoolsError::NoSuchPool(key.id.clone()))
    }
}
