use std::sync::Arc;

use directory::{
    Change, DecoySecret, DecoySecretKey, Group, GroupKey, Membership, MembershipKey, RefreshToken,
    RefreshTokenKey, RevokedOrigin, RevokedOriginKey, TokenKey, TokenKeyKey, TokenPurpose,
    UnknownUser, UnknownUserKey, UsedChallenge, UsedChallengeKey, User, UserKey, UserPool,
    UserPoolClient, UserPoolClientKey, UserPoolKey, VerificationCode, VerificationCodeKey,
};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::DeleteUserPoolRequest;

use crate::{
    UserPools,
    error::UserPoolsError,
    pools::{on_pool, pool_key},
};

/// [`DeleteUserPool`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPool.html)
///
/// With the pool go its keys: from that moment no token of it verifies, and nothing in it is found.
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
        let pool = self
            .directory
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
                Ok::<_, UserPoolsError>((change, pool.record))
            })
            .await?;
        self.clear_pool(key, &pool).await
    }

    /// Clears away what was in a pool that is gone. Its id never comes back.
    async fn clear_pool(&self, key: &UserPoolKey, pool: &UserPool) -> Result<(), UserPoolsError> {
        let (directory, within) = (&self.directory, key.within());
        let client = |record: &UserPoolClient| UserPoolClientKey {
            pool: key.clone(),
            id: record.id.clone(),
        };
        directory.delete_within(&within, client).await?;
        let user =
            |record: &User| UserKey { pool: key.clone(), name: pool.comparable(&record.username) };
        directory.delete_within(&within, user).await?;
        let unknown =
            |record: &UnknownUser| UnknownUserKey { pool: key.clone(), place: record.place };
        directory.delete_within(&within, unknown).await?;
        let membership = |record: &Membership| MembershipKey {
            pool: key.clone(),
            user: record.user,
            group: record.group.clone(),
        };
        directory.delete_within(&within, membership).await?;
        let group = |record: &Group| GroupKey { pool: key.clone(), name: record.name.clone() };
        directory.delete_within(&within, group).await?;
        let token = |record: &RefreshToken| RefreshTokenKey {
            pool: key.clone(),
            user: record.user,
            origin_jti: record.origin_jti,
        };
        directory.delete_within(&within, token).await?;
        let revoked = |record: &RevokedOrigin| RevokedOriginKey {
            pool: key.clone(),
            user: record.user,
            origin_jti: record.origin_jti,
        };
        directory.delete_within(&within, revoked).await?;
        let code = |record: &VerificationCode| VerificationCodeKey {
            pool: key.clone(),
            user: record.user,
            purpose: record.purpose,
        };
        directory.delete_within(&within, code).await?;
        let challenge =
            |record: &UsedChallenge| UsedChallengeKey { pool: key.clone(), id: record.id };
        directory.delete_within(&within, challenge).await?;
        let decoy = |_: &DecoySecret| DecoySecretKey(key.clone());
        Ok(directory.delete_within(&within, decoy).await?)
    }
}
