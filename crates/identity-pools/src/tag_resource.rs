use std::sync::Arc;

use directory::IdentityPool;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::{TagResourceInput, TagResourceResponse};

use crate::{
    IdentityPools,
    error::PoolError,
    pool_shape::{check_number, tags},
    tagged,
};

/// [`TagResource`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_TagResource.html)
pub(crate) struct TagResource(pub(crate) Arc<IdentityPools>);

impl Operation for TagResource {
    type Wire = wire::cognito_identity::TagResource;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, caller: &Caller, input: &TagResourceInput) -> Result<Vec<Need>, PoolError> {
        let need = tagged::need(caller, "cognito-identity:TagResource", &input.resource_arn)?;
        Ok(vec![need.with_request_tags(&input.tags)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<TagResourceResponse, PoolError> {
        let key = tagged::key(&request, &request.input.resource_arn)?;
        let given = tags(request.caller(), Some(request.input.tags.clone()))?;
        let tagged = self.0.directory.update::<IdentityPool, (), PoolError>(&key, |pool| {
            pool.tags.extend(given.iter().map(|(key, value)| (key.clone(), value.clone())));
            check_number(&pool.tags)
        });
        tagged.await?.ok_or_else(|| PoolError::NoSuchPool(key.id.to_string()))?;
        Ok(TagResourceResponse {})
    }
}
