//! Giving out tokens to a user who signed in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use directory::{
    Change, Found, Group, Record, RefreshToken, RefreshTokenKey, TokenKey, TokenKeyKey,
    TokenPurpose, User, UserPoolClient, UserPoolKey,
};
use sha2::{Digest as _, Sha256};
use tokens::{AccessTokenClaims, AccessTokenUse, IdTokenClaims, IdTokenUse};
use types::{SecretString, SignedDuration, Timestamp, Uuid};
use wire::cognito_idp::AuthenticationResultType;

use crate::{UserPools, attributes, error::UserPoolsError, groups};

/// What an access token by API may do: everything about oneself.
///
/// Source: Amazon Cognito Developer Guide, *Understanding the access token*.
pub(crate) const SCOPE: &str = "aws.cognito.signin.user.admin";

/// Random bytes of a refresh token.
const REFRESH_TOKEN_BYTES: usize = 32;
/// How many expired refresh tokens of a user are cleared away at a sign-in.
const EXPIRED_CLEARED: usize = 20;

/// A sign-in: what stays the same for all tokens that come from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignIn {
    /// When the user proved who they are.
    pub(crate) auth_time: Timestamp,
    /// The refresh token's id.
    pub(crate) origin_jti: Uuid,
    /// The event's id.
    pub(crate) event_id: Uuid,
}

/// To whom, by what and where tokens are given out.
pub(crate) struct Recipient<'a> {
    pub(crate) pool: &'a UserPoolKey,
    pub(crate) client: &'a UserPoolClient,
    pub(crate) user: &'a User,
}

impl UserPools {
    /// An ID and an access token.
    pub(crate) async fn issue(
        &self,
        to: &Recipient<'_>,
        sign_in: SignIn,
    ) -> Result<AuthenticationResultType, UserPoolsError> {
        let groups = self.groups_of(to.pool, to.user.sub).await?;
        let now = self.clock.now();
        let issuer = self.issuers.issuer(&to.pool.id);
        let jti = || Uuid::random(&*self.entropy);
        let id_claims = id_claims(to, sign_in, &groups, &issuer, now, jti());
        let access_claims = access_claims(to, sign_in, &groups, issuer, now, jti());
        let id_key = self.token_key(to.pool, TokenPurpose::IdToken).await?;
        let access_key = self.token_key(to.pool, TokenPurpose::AccessToken).await?;
        let ring = self.ring.clone();
        let sign = move || -> Result<(String, String), UserPoolsError> {
            let (place, found) = id_key;
            let id = tokens::sign(&found.record.open(&place, &ring)?, &id_claims)?;
            let (place, found) = access_key;
            let access = tokens::sign(&found.record.open(&place, &ring)?, &access_claims)?;
            Ok((id, access))
        };
        let (id, access) = self.workers.run(sign).await??;
        Ok(AuthenticationResultType {
            access_token: Some(SecretString::new(access)),
            id_token: Some(SecretString::new(id)),
            expires_in: i32::try_from(to.client.access_token_validity.seconds()).ok(),
            token_type: Some("Bearer".to_owned()),
            ..AuthenticationResultType::default()
        })
    }

    async fn token_key(
        &self,
        pool: &UserPoolKey,
        purpose: TokenPurpose,
    ) -> Result<(TokenKeyKey, Found<TokenKey>), UserPoolsError> {
        let (owner, id) = (pool.owner.clone(), pool.id.to_string());
        let key = TokenKeyKey { owner, pool: id, purpose };
        let found = self.directory.get::<TokenKey>(&key).await?;
        Ok((key, found.ok_or(UserPoolsError::NoTokenKey)?))
    }

    /// A new refresh token, and the record that it is known by.
    pub(crate) fn new_refresh_token(
        &self,
        to: &Recipient<'_>,
        sign_in: SignIn,
    ) -> (PresentedToken, RefreshToken) {
        let secret = URL_SAFE_NO_PAD.encode(self.entropy.bytes::<REFRESH_TOKEN_BYTES>());
        let token = PresentedToken {
            user: to.user.sub,
            origin_jti: sign_in.origin_jti,
            secret: SecretString::new(secret),
        };
        let record = RefreshToken {
            user: to.user.sub,
            origin_jti: sign_in.origin_jti,
            hash: token.hash(),
            client_id: to.client.id.clone(),
            auth_time: sign_in.auth_time,
            event_id: sign_in.event_id,
            former: Vec::new(),
            expires: after(sign_in.auth_time, to.client.refresh_token_validity.seconds()),
        };
        (token, record)
    }

    /// Clears away tokens of the user that expired, as nobody asks for them: those that lie behind
    /// the new token's place, which is another one at each sign-in.
    pub(crate) async fn clear_expired(
        &self,
        new: &RefreshTokenKey,
        change: &mut Change,
    ) -> Result<(), UserPoolsError> {
        let within = RefreshTokenKey::of_user(&new.pool, new.user);
        let behind = RefreshToken::encode_key(new);
        let now = self.clock.now();
        let page =
            self.directory.list::<RefreshToken>(&within, Some(&behind), EXPIRED_CLEARED).await?;
        for found in page.records.iter().filter(|found| found.record.expires <= now) {
            let key = RefreshTokenKey { origin_jti: found.record.origin_jti, ..new.clone() };
            change.delete(&key, found);
        }
        Ok(())
    }
}

/// A refresh token: whose it is, which one it is, and what nobody else knows.
pub(crate) struct PresentedToken {
    pub(crate) user: Uuid,
    origin_jti: Uuid,
    secret: SecretString,
}

impl PresentedToken {
    /// The token in this text, if it has the form of one.
    pub(crate) fn parse(text: &SecretString) -> Option<Self> {
        let mut parts = text.expose().splitn(3, '.');
        let (user, origin_jti) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { user, origin_jti, secret: parts.next()?.into() })
    }

    /// The token that takes this one's place.
    pub(crate) fn next(&self, secret: String) -> Self {
        Self { secret: SecretString::new(secret), ..*self }
    }

    /// The token as it is given out.
    pub(crate) fn text(&self) -> SecretString {
        let Self { user, origin_jti, secret } = self;
        SecretString::new(format!("{user}.{origin_jti}.{}", secret.expose()))
    }

    /// Where the token's record is.
    pub(crate) fn key(&self, pool: &UserPoolKey) -> RefreshTokenKey {
        RefreshTokenKey { pool: pool.clone(), user: self.user, origin_jti: self.origin_jti }
    }

    /// What the record knows the token by.
    pub(crate) fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.text().expose()))
    }
}

fn id_claims(
    to: &Recipient<'_>,
    sign_in: SignIn,
    groups: &[Group],
    issuer: &str,
    now: Timestamp,
    jti: Uuid,
) -> IdTokenClaims {
    IdTokenClaims {
        sub: to.user.sub,
        iss: issuer.to_owned(),
        aud: to.client.id.clone(),
        token_use: IdTokenUse::Id,
        auth_time: sign_in.auth_time,
        iat: now,
        exp: after(now, to.client.id_token_validity.seconds()),
        jti,
        origin_jti: to.client.enable_token_revocation.then_some(sign_in.origin_jti),
        event_id: Some(sign_in.event_id),
        username: to.user.username.clone(),
        groups: names(groups),
        roles: groups::roles(groups),
        preferred_role: groups::preferred_role(groups),
        attributes: attributes::claims(to.user, to.client),
    }
}

fn access_claims(
    to: &Recipient<'_>,
    sign_in: SignIn,
    groups: &[Group],
    issuer: String,
    now: Timestamp,
    jti: Uuid,
) -> AccessTokenClaims {
    AccessTokenClaims {
        sub: to.user.sub,
        device_key: None,
        groups: names(groups),
        iss: issuer,
        client_id: to.client.id.clone(),
        origin_jti: to.client.enable_token_revocation.then_some(sign_in.origin_jti),
        event_id: Some(sign_in.event_id),
        token_use: AccessTokenUse::Access,
        scope: SCOPE.to_owned(),
        auth_time: sign_in.auth_time,
        exp: after(now, to.client.access_token_validity.seconds()),
        iat: now,
        jti,
        username: to.user.username.clone(),
    }
}

fn names(groups: &[Group]) -> Vec<String> {
    groups.iter().map(|group| group.name.clone()).collect()
}

fn after(time: Timestamp, seconds: u64) -> Timestamp {
    let later = i64::try_from(seconds).ok().map(SignedDuration::from_secs);
    later.and_then(|later| time.checked_add(later).ok()).unwrap_or(Timestamp::MAX)
}
