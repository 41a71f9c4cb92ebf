use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{ListTagsForResourceRequest, ListTagsForResourceResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    tags::{on_tagged, tagged_pool},
};

/// [`ListTagsForResource`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListTagsForResource.html)
pub(crate) struct ListTagsForResource(pub(crate) Arc<UserPools>);

impl Operation for ListTagsForResource {
    type Wire = wire::cognito_idp::ListTagsForResource;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &ListTagsForResourceRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        Ok(vec![on_tagged("cognito-idp:ListTagsForResource", caller, &input.resource_arn)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListTagsForResourceResponse, UserPoolsError> {
        let key = tagged_pool(&request, &request.input.resource_arn)?;
        let pool = self.0.pool(&key).await?.record;
        Ok(ListTagsForResourceResponse { tags: Some(pool.tags) })
    }
}
