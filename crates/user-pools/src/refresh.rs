//! New tokens for a refresh token, and refresh tokens that are good for one use.
//!
//! Source: Amazon Cognito Developer Guide, *Refresh tokens*, *Refresh token rotation*; API Reference,
//! `GetTokensFromRefreshToken`, `RefreshTokenRotationType`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use directory::{
    FormerRefreshToken, RefreshToken, RefreshTokenKey, User, UserPoolClient, UserPoolKey,
};
use types::{SecretString, SignedDuration, Timestamp};
use wire::cognito_idp::AuthenticationResultType;

use crate::{
    UserPools,
    error::UserPoolsError,
    introspect_token::SignedIn,
    issue::{PresentedToken, Recipient, SignIn},
    sign_in::{Attempt, Outcome},
};

/// How many used tokens of a sign-in are remembered.
const FORMER_MAX: usize = 32;

/// A refresh token that may be used now.
pub(crate) struct Refreshable {
    key: RefreshTokenKey,
    token: RefreshToken,
    presented: PresentedToken,
    pub(crate) user: User,
}

impl UserPools {
    /// `REFRESH_TOKEN_AUTH`: an ID and an access token; the refresh token stays what it is.
    pub(crate) async fn by_refresh_token(
        &self,
        attempt: &Attempt,
    ) -> Result<Outcome, UserPoolsError> {
        if attempt.client.refresh_token_rotation.is_some() {
            // A token that stays good would undo the rotation.
            return Err(UserPoolsError::RotatesRefreshTokens);
        }
        let presented = attempt.required("REFRESH_TOKEN")?;
        let refreshable = self.refreshable(&attempt.pool_key, &attempt.client, presented).await?;
        attempt.check_secret_hash(&refreshable.user.username)?;
        if !refreshable.user.enabled {
            return Err(UserPoolsError::UserDisabled);
        }
        let recipient = attempt.recipient(&refreshable.user);
        Ok(Outcome::SignedIn(self.issue(&recipient, of(&refreshable.token)).await?))
    }

    /// The sign-in that the token refreshes, if it is one that this client was given and still good.
    pub(crate) async fn refreshable(
        &self,
        pool: &UserPoolKey,
        client: &UserPoolClient,
        presented: &SecretString,
    ) -> Result<Refreshable, UserPoolsError> {
        let invalid = || UserPoolsError::InvalidRefreshToken;
        let presented = PresentedToken::parse(presented).ok_or_else(invalid)?;
        let key = presented.key(pool);
        let found = self.directory.get::<RefreshToken>(&key).await?.ok_or_else(invalid)?;
        let token = found.record;
        if token.client_id != client.id {
            return Err(invalid());
        }
        let now = self.clock.now();
        check_current(&token, &presented, now)?;
        if token.expires <= now {
            return Err(UserPoolsError::RefreshTokenExpired);
        }
        let user = self.user_by_sub(pool, presented.user).await?;
        let user = user.ok_or_else(invalid)?.1.record;
        let signed_in = SignedIn { origin_jti: Some(token.origin_jti), auth_time: token.auth_time };
        if !self.is_signed_in(pool, &user, signed_in).await? {
            return Err(UserPoolsError::RefreshTokenRevoked);
        }
        Ok(Refreshable { key, token, presented, user })
    }

    /// An ID and an access token and, where each refresh token is good for one use, the next one. The
    /// one that is used is taken for so many seconds more.
    pub(crate) async fn refresh(
        &self,
        client: &UserPoolClient,
        refreshable: &Refreshable,
        grace_seconds: Option<u8>,
    ) -> Result<AuthenticationResultType, UserPoolsError> {
        let Refreshable { key, user, .. } = refreshable;
        if !user.enabled {
            return Err(UserPoolsError::UserDisabled);
        }
        let next = match grace_seconds {
            Some(seconds) => Some(self.rotate(refreshable, seconds).await?),
            None => None,
        };
        let recipient = Recipient { pool: &key.pool, client, user };
        let tokens = self.issue(&recipient, of(&refreshable.token)).await?;
        let refresh_token = next.map(|next| next.text());
        Ok(AuthenticationResultType { refresh_token, ..tokens })
    }

    /// Puts the next token in the place of the one that is used.
    async fn rotate(
        &self,
        refreshable: &Refreshable,
        grace_seconds: u8,
    ) -> Result<PresentedToken, UserPoolsError> {
        let Refreshable { key, presented, .. } = refreshable;
        let next = presented.next(URL_SAFE_NO_PAD.encode(self.entropy.bytes::<32>()));
        let now = self.clock.now();
        let grace = SignedDuration::from_secs(grace_seconds.into());
        let taken_until = now.checked_add(grace).unwrap_or(now);
        let updated = self.directory.update::<RefreshToken, _, UserPoolsError>(key, |token| {
            // Another use may have come first.
            check_current(token, presented, now)?;
            let used = std::mem::replace(&mut token.hash, next.hash());
            token.former.push(FormerRefreshToken { hash: used, taken_until });
            let too_many = token.former.len().saturating_sub(FORMER_MAX);
            token.former.drain(..too_many);
            Ok(())
        });
        updated.await?.ok_or(UserPoolsError::InvalidRefreshToken)?;
        Ok(next)
    }
}

/// Refuses what is not the sign-in's token of now, nor one whose use is still repeated.
fn check_current(
    token: &RefreshToken,
    presented: &PresentedToken,
    now: Timestamp,
) -> Result<(), UserPoolsError> {
    let hash = SecretString::new(presented.hash());
    if hash.equals(token.hash.as_bytes()) {
        return Ok(());
    }
    match token.former.iter().find(|former| hash.equals(former.hash.as_bytes())) {
        Some(former) if now < former.taken_until => Ok(()),
        Some(_) => Err(UserPoolsError::RefreshTokenReused),
        None => Err(UserPoolsError::InvalidRefreshToken),
    }
}

fn of(token: &RefreshToken) -> SignIn {
    SignIn { auth_time: token.auth_time, origin_jti: token.origin_jti, event_id: token.event_id }
}
