//! Who asks by an access token: the one check of it.
//!
//! Source: Amazon Cognito Developer Guide, *Understanding the access token*; API Reference, *Errors*
//! of `GetUser`.

use directory::{
    Found, PublicId, User, UserKey, UserPool, UserPoolClient, UserPoolClientKey, UserPoolKey,
};
use gate::Authorized;
use tokens::{AccessTokenClaims, Checked, PublicKey, TokenError, unverified_issuer};
use types::{SecretString, UserPoolId};

use crate::{UserPools, error::UserPoolsError, introspect_token::SignedIn, issue::SCOPE};

/// A user who showed a good access token, and what it was good for.
pub(crate) struct Bearer {
    pub(crate) pool_key: UserPoolKey,
    pub(crate) pool: UserPool,
    /// The client that the token was given to.
    pub(crate) client: UserPoolClient,
    pub(crate) key: UserKey,
    pub(crate) user: Found<User>,
    pub(crate) claims: Checked<AccessTokenClaims>,
}

impl UserPools {
    /// The user whose access token this is.
    ///
    /// The token's signature, issuer, times, use and scope are right, its client and user are still
    /// there, the user is enabled, and the sign-in that it comes from was neither revoked nor ended
    /// by signing out everywhere.
    pub(crate) async fn bearer<O: wire::Operation>(
        &self,
        request: &Authorized<O>,
        token: &SecretString,
    ) -> Result<Bearer, UserPoolsError> {
        let id = claimed_pool(token).ok_or(UserPoolsError::InvalidAccessToken)?;
        let found = request.public_owner(PublicId::UserPool(id.clone())).await?;
        let (owner, _) = found.ok_or(UserPoolsError::InvalidAccessToken)?;
        self.bearer_in(UserPoolKey { owner, id }, token).await
    }

    /// The same, in the pool that the token claims to be of.
    pub(crate) async fn bearer_in(
        &self,
        pool_key: UserPoolKey,
        token: &SecretString,
    ) -> Result<Bearer, UserPoolsError> {
        let pool = self.pool(&pool_key).await?.record;
        let claims = self.checked_access_token(&pool_key, token).await?;
        if !claims.scope.split(' ').any(|scope| scope == SCOPE) {
            return Err(UserPoolsError::AccessTokenScope);
        }
        let id = claims.client_id.clone();
        let client = self.client(&UserPoolClientKey { pool: pool_key.clone(), id }).await?.record;
        let found = self.user_by_sub(&pool_key, claims.sub).await?;
        let (key, user) = found.ok_or(UserPoolsError::NoSuchUser)?;
        if !user.record.enabled {
            return Err(UserPoolsError::UserDisabled);
        }
        let sign_in = SignedIn { origin_jti: claims.origin_jti, auth_time: claims.auth_time };
        if !self.is_signed_in(&pool_key, &user.record, sign_in).await? {
            return Err(UserPoolsError::AccessTokenRevoked);
        }
        Ok(Bearer { pool_key, pool, client, key, user, claims })
    }

    async fn checked_access_token(
        &self,
        pool: &UserPoolKey,
        token: &SecretString,
    ) -> Result<Checked<AccessTokenClaims>, UserPoolsError> {
        let keys = self.json_web_key_set(pool).await?;
        let keys: Vec<PublicKey> =
            keys.keys.iter().map(PublicKey::from_jwk).collect::<Result<_, _>>()?;
        let issuer = self.issuers.issuer(&pool.id);
        let checked = tokens::verify_access_token(token.expose(), &keys, &issuer, self.clock.now());
        checked.map_err(|error| match error {
            TokenError::Expired { .. } => UserPoolsError::AccessTokenExpired,
            _ => UserPoolsError::InvalidAccessToken,
        })
    }
}

/// The pool that a token claims to be of, to choose the keys it is then checked with.
fn claimed_pool(token: &SecretString) -> Option<UserPoolId> {
    let issuer = unverified_issuer(token.expose()).ok()?;
    issuer.rsplit('/').next()?.parse().ok()
}
