use std::sync::Arc;

use directory::{Change, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{UpdateUserPoolRequest, UpdateUserPoolResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    names::check_title,
    pool_settings::PoolSettings,
    pools::{on_pool, pool_key},
};

/// [`UpdateUserPool`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html)
///
/// What is not given is set to its default, but for the pool's name, schema and domain, and how users
/// sign in.
pub(crate) struct UpdateUserPool(pub(crate) Arc<UserPools>);

impl Operation for UpdateUserPool {
    type Wire = wire::cognito_idp::UpdateUserPool;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &UpdateUserPoolRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        let tags = || input.user_pool_tags.iter().flatten();
        let needs = on_pool("cognito-idp:UpdateUserPool", caller, &input.user_pool_id)?;
        Ok(needs.into_iter().map(|need| need.with_request_tags(tags())).collect())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<UpdateUserPoolResponse, UserPoolsError> {
        let key = pool_key(&request, &request.input.user_pool_id)?;
        self.0.update_user_pool(&key, request.input).await?;
        Ok(UpdateUserPoolResponse {})
    }
}

impl UserPools {
    pub(crate) async fn update_user_pool(
        &self,
        key: &UserPoolKey,
        input: UpdateUserPoolRequest,
    ) -> Result<(), UserPoolsError> {
        if let Some(name) = &input.pool_name {
            check_title("poolName", name)?;
        }
        let new_name = input.pool_name.clone();
        let settings = PoolSettings::try_from(input)?;
        let (new_name, settings) = (&new_name, &settings);
        self.directory
            .retry(|| async move {
                let found = self.pool(key).await?;
                let mut pool = settings.clone().applied(found.record.clone())?;
                if let Some(name) = new_name {
                    pool.name.clone_from(name);
                }
                pool.last_modified = self.clock.now();
                let mut change = Change::new();
                change.replace(key, &found, &pool);
                Ok((change, ()))
            })
            .await
    }
}
