use std::sync::Arc;

use directory::IdentityPool;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::{ListTagsForResourceInput, ListTagsForResourceResponse};

use crate::{IdentityPools, error::PoolError, tagged};

/// [`ListTagsForResource`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_ListTagsForResource.html)
pub(crate) struct ListTagsForResource(pub(crate) Arc<IdentityPools>);

impl Operation for ListTagsForResource {
    type Wire = wire::cognito_identity::ListTagsForResource;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &ListTagsForResourceInput,
    ) -> Result<Vec<Need>, PoolError> {
        let action = "cognito-identity:ListTagsForResource";
        Ok(vec![tagged::need(caller, action, &input.resource_arn)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListTagsForResourceResponse, PoolError> {
        let key = tagged::key(&request, &request.input.resource_arn)?;
        let found = self.0.directory.get::<IdentityPool>(&key).await?;
        let found = found.ok_or_else(|| PoolError::NoSuchPool(key.id.to_string()))?;
        Ok(ListTagsForResourceResponse { tags: Some(found.record.tags) })
    }
}
