use std::{collections::BTreeMap, sync::Arc};

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{TagResourceRequest, TagResourceResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    tags::{self, on_tagged, tagged_pool},
};

/// [`TagResource`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_TagResource.html)
pub(crate) struct TagResource(pub(crate) Arc<UserPools>);

impl Operation for TagResource {
    type Wire = wire::cognito_idp::TagResource;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &TagResourceRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        let need = on_tagged("cognito-idp:TagResource", caller, &input.resource_arn)?;
        Ok(vec![need.with_request_tags(&input.tags)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<TagResourceResponse, UserPoolsError> {
        let TagResourceRequest { resource_arn, tags } = &request.input;
        let key = tagged_pool(&request, resource_arn)?;
        let add = |kept: &mut BTreeMap<String, String>| kept.extend(tags.clone());
        tags::change(&self.0, &key, add).await?;
        Ok(TagResourceResponse {})
    }
}
