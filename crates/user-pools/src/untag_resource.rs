use std::{collections::BTreeMap, sync::Arc};

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{UntagResourceRequest, UntagResourceResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    tags::{self, on_tagged, tagged_pool},
};

/// [`UntagResource`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UntagResource.html)
pub(crate) struct UntagResource(pub(crate) Arc<UserPools>);

impl Operation for UntagResource {
    type Wire = wire::cognito_idp::UntagResource;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &UntagResourceRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        Ok(vec![on_tagged("cognito-idp:UntagResource", caller, &input.resource_arn)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<UntagResourceResponse, UserPoolsError> {
        let UntagResourceRequest { resource_arn, tag_keys } = &request.input;
        let key = tagged_pool(&request, resource_arn)?;
        let remove = |kept: &mut BTreeMap<String, String>| {
            kept.retain(|key, _| !tag_keys.contains(key));
        };
        tags::change(&self.0, &key, remove).await?;
        Ok(UntagResourceResponse {})
    }
}
