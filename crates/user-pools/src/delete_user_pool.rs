use std::sync::Arc;

use directory::{Change, TokenKey, TokenKeyKey, TokenPurpose, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::DeleteUserPoolRequest;

use crate::{
    UserPools,
    error::UserPoolsError,
    pools::{on_pool, pool_key},
};

/// [`DeleteUserPool`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPool.html)
///
/// With the pool go its keys: from that moment no token of it verifies, and nothing in it is found. What
/// was in it is cleared away in the background.
pub(crate) struct DeleteUserPool(pub(crate) Arc<UserPools>);

impl Operation for DeleteUserPool {
    type Wire = wire::cognito_idp::DeleteUserPool;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &DeleteUserPoolRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        on_pool("cognito-idp:DeleteUserPool", caller, &input.user_pool_id)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), UserPoolsError> {
        let key = pool_key(&request, &request.input.user_pool_id)?;
        self.0.delete_user_pool(&key).await
    }
}

impl UserPools {
    pub(crate) async fn delete_user_pool(&self, key: &UserPoolKey) -> Result<(), UserPoolsError> {
        self.directory
            .retry(|| async move {
                let pool = self.pool(key).await?;
                if pool.record.deletion_protection {
                    let message = "The user pool cannot be deleted because deletion protection is \
                                   activated. Deletion protection must be inactivated first.";
                    return Err(UserPoolsError::InvalidParameter(message.to_owned()));
                }
                if pool.record.domain.is_some() {
                    let message = "User pool cannot be deleted. It has a domain configured that \
                                   should be deleted first.";
                    return Err(UserPoolsError::InvalidParameter(message.to_owned()));
                }
                let mut change = Change::new();
                change.delete(key, &pool);
                for purpose in [TokenPurpose::IdToken, TokenPurpose::AccessToken] {
                    let (owner, pool) = (key.owner.clone(), key.id.to_string());
                    let place = TokenKeyKey { owner, pool, purpose };
                    if let Some(found) = self.directory.get::<TokenKey>(&place).await? {
                        change.delete(&place, &found);
                    }
                }
                change.clear_user_pool(key, self.clock.now(), &*self.entropy);
                Ok((change, ()))
            })
            .await
    }
}
