use std::{collections::BTreeMap, sync::Arc};

use directory::IdentityPool;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::IdentityPool as PoolShape;

use crate::{
    IdentityPools,
    error::PoolError,
    pool_shape::{as_created, described, is_of_aws, need, own_key, settings, tags},
};

/// [`UpdateIdentityPool`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UpdateIdentityPool.html)
///
/// What is not given goes back to its default, as on AWS. Tags stay if they are not given, and a
/// developer provider's name never changes. Roles and principal tags are set by operations of their
/// own.
pub(crate) struct UpdateIdentityPool(pub(crate) Arc<IdentityPools>);

impl Operation for UpdateIdentityPool {
    type Wire = wire::cognito_identity::UpdateIdentityPool;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, caller: &Caller, input: &PoolShape) -> Result<Vec<Need>, PoolError> {
        let pool = &input.identity_pool_id;
        let mut needs = need(caller, "cognito-identity:UpdateIdentityPool", pool)?;
        // Tags that are given take the place of those that are there.
        if let Some(given) = &input.identity_pool_tags {
            let given: BTreeMap<_, _> = given.iter().filter(|(key, _)| !is_of_aws(key)).collect();
            if given.is_empty() && !caller.called_via.is_empty() {
                return Ok(needs);
            }
            for action in ["cognito-identity:TagResource", "cognito-identity:UntagResource"] {
                needs.extend(need(caller, action, pool)?);
            }
            needs = needs.into_iter().map(|need| need.with_request_tags(given.clone())).collect();
        }
        Ok(needs)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<PoolShape, PoolError> {
        let key = own_key(&request, &request.input.identity_pool_id)?;
        let given = request.input.identity_pool_tags.clone();
        let given = given.map(|given| tags(request.caller(), Some(given))).transpose()?;
        let input = as_created(request.input);
        let settings = settings(input)?;
        let updated = self.0.directory.update::<IdentityPool, PoolShape, PoolError>(&key, |pool| {
            let was = &pool.developer_provider;
            if was.is_some() && *was != settings.developer_provider {
                let message = "DeveloperProviderName cannot be changed once it is set";
                return Err(PoolError::Parameter(message.to_owned()));
            }
            settings.apply(pool);
            if let Some(given) = &given {
                pool.tags.clone_from(given);
            }
            Ok(described(pool))
        });
        updated.await?.ok_or_else(|| PoolError::NoSuchPool(key.id.to_string()))
    }
}
