use std::sync::Arc;

use directory::{
    Change, Record, RefreshToken, RevokedOrigin, RevokedOriginKey, UserPoolClientKey, UserPoolKey,
};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::{SecretString, SignedDuration};
use wire::cognito_idp::{RevokeTokenRequest, RevokeTokenResponse};

use crate::{UserPools, error::UserPoolsError, issue::PresentedToken, names::check_word};

/// How many revoked sign-ins of a user are forgotten when another one is revoked.
const FORGOTTEN: usize = 20;

/// [`RevokeToken`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeToken.html)
///
/// A refresh token that is not known, or was revoked before, is revoked without a word (RFC 7009,
/// section 2.2); one of another client is refused.
pub(crate) struct RevokeToken(pub(crate) Arc<UserPools>);

impl Operation for RevokeToken {
    type Wire = wire::cognito_idp::RevokeToken;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, input: &RevokeTokenRequest) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        if input.revoke_associated_sessions.is_some() {
            return Err(UserPoolsError::NotServed("RevokeAssociatedSessions"));
        }
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<RevokeTokenResponse, UserPoolsError> {
        let client_id = request.input.client_id.expose().clone();
        let pool = self.0.pool_of_client(&request, &client_id).await?;
        let input = &request.input;
        let secret = input.client_secret.as_ref();
        self.0.revoke_token(&pool, client_id, secret, &input.token).await?;
        Ok(RevokeTokenResponse {})
    }
}

impl UserPools {
    pub(crate) async fn revoke_token(
        &self,
        pool: &UserPoolKey,
        client_id: String,
        secret: Option<&SecretString>,
        token: &SecretString,
    ) -> Result<(), UserPoolsError> {
        let key = UserPoolClientKey { pool: pool.clone(), id: client_id };
        let client = &self.client(&key).await?.record;
        if self.check_client_secret(&key, client, secret).is_err() {
            return Err(UserPoolsError::WrongClientSecret);
        }
        if !client.enable_token_revocation {
            return Err(UserPoolsError::RevocationNotEnabled);
        }
        let Some(presented) = &PresentedToken::parse(token) else {
            return Err(UserPoolsError::NotARefreshToken);
        };
        let (key, seconds) = (&presented.key(pool), longest_seconds(client));
        self.directory
            .retry(|| async move {
                let mut change = Change::new();
                let Some(found) = self.directory.get::<RefreshToken>(key).await? else {
                    return Ok((change, ()));
                };
                let token = &found.record;
                let hash = SecretString::new(presented.hash());
                let mut hashes =
                    std::iter::once(&token.hash).chain(token.former.iter().map(|it| &it.hash));
                if !hashes.any(|known| hash.equals(known.as_bytes())) {
                    return Ok((change, ()));
                }
                if token.client_id != client.id {
                    return Err(UserPoolsError::OfAnotherClient);
                }
                let now = self.clock.now();
                let place = RevokedOriginKey {
                    pool: pool.clone(),
                    user: token.user,
                    origin_jti: token.origin_jti,
                };
                let revoked = RevokedOrigin {
                    user: token.user,
                    origin_jti: token.origin_jti,
                    forgettable: now.checked_add(seconds).unwrap_or(now),
                };
                self.forget_revoked(&place, &mut change).await?;
                change.create(&place, &revoked);
                change.delete(key, &found);
                Ok((change, ()))
            })
            .await
    }

    /// Forgets revoked sign-ins of the user whose tokens have all expired: those behind the new one's
    /// place, which is drawn by chance.
    async fn forget_revoked(
        &self,
        new: &RevokedOriginKey,
        change: &mut Change,
    ) -> Result<(), UserPoolsError> {
        let within = RevokedOriginKey::of_user(&new.pool, new.user);
        let behind = RevokedOrigin::encode_key(new);
        let now = self.clock.now();
        let page = self.directory.list::<RevokedOrigin>(&within, Some(&behind), FORGOTTEN).await?;
        for found in page.records.iter().filter(|found| found.record.forgettable <= now) {
            let key = RevokedOriginKey { origin_jti: found.record.origin_jti, ..new.clone() };
            change.delete(&key, found);
        }
        Ok(())
    }
}

/// For how long a token that was given out a moment ago is good at most.
fn longest_seconds(client: &directory::UserPoolClient) -> SignedDuration {
    let longest = client.access_token_validity.seconds().max(client.id_token_validity.seconds());
    SignedDuration::from_secs(i64::try_from(longest).unwrap_or(i64::MAX))
}
