use std::sync::Arc;

use directory::{PublicId, TokenKey, TokenKeyKey, TokenPurpose, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use tokens::JwkSet;
use types::UserPoolId;

use crate::{UserPools, error::UserPoolsError};

/// The keys that a pool's tokens are checked with (RFC 7517).
///
/// Source: Amazon Cognito Developer Guide, *Verifying JSON web tokens*.
pub(crate) struct GetJsonWebKeySet(pub(crate) Arc<UserPools>);

impl Operation for GetJsonWebKeySet {
    type Wire = wire::oidc::GetJsonWebKeySet;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, _: &UserPoolId) -> Result<Vec<Need>, UserPoolsError> {
        Ok(Vec::new())
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<JwkSet, UserPoolsError> {
        let id = request.input.clone();
        let found = request.public_owner(PublicId::UserPool(id.clone())).await?;
        let Some((owner, _)) = found else { return Err(UserPoolsError::NoSuchPool(id)) };
        self.0.json_web_key_set(&UserPoolKey { owner, id }).await
    }
}

impl UserPools {
    pub(crate) async fn json_web_key_set(
        &self,
        key: &UserPoolKey,
    ) -> Result<JwkSet, UserPoolsError> {
        let mut keys = Vec::new();
        for purpose in [TokenPurpose::IdToken, TokenPurpose::AccessToken] {
            let (owner, pool) = (key.owner.clone(), key.id.to_string());
            let place = TokenKeyKey { owner, pool, purpose };
            let found = self.directory.get::<TokenKey>(&place).await?;
            // They go together with the pool, in one commit.
            keys.push(found.ok_or_else(|| UserPoolsError::NoSuchPool(key.id.clone()))?.record.jwk);
        }
        Ok(JwkSet { keys })
    }
}
