use std::sync::Arc;

use directory::IdentityPool;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::{UntagResourceInput, UntagResourceResponse};

use crate::{IdentityPools, error::PoolError, tagged};

/// [`UntagResource`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UntagResource.html)
///
/// A key that no tag has is passed over.
pub(crate) struct UntagResource(pub(crate) Arc<IdentityPools>);

impl Operation for UntagResource {
    type Wire = wire::cognito_identity::UntagResource;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, caller: &Caller, input: &UntagResourceInput) -> Result<Vec<Need>, PoolError> {
        let need = tagged::need(caller, "cognito-identity:UntagResource", &input.resource_arn)?;
        Ok(vec![need.with_tag_keys(&input.tag_keys)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<UntagResourceResponse, PoolError> {
        let key = tagged::key(&request, &request.input.resource_arn)?;
        let keys = &request.input.tag_keys;
        let untagged = self.0.directory.update::<IdentityPool, (), PoolError>(&key, |pool| {
            pool.tags.retain(|tag, _| !keys.contains(tag));
            Ok(())
        });
        untagged.await?.ok_or_else(|| PoolError::NoSuchPool(key.id.to_string()))?;
        Ok(UntagResourceResponse {})
    }
}
