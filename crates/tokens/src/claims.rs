use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use types::{Arn, IdentityId, IdentityPoolId, Timestamp, Uuid};

use crate::numeric_date;

/// Who signs the tokens of identity pools.
///
/// Source: Cognito identity model, `GetOpenIdToken`; IAM User Guide, *OIDC federation*.
pub const IDENTITY_TOKEN_ISSUER: &str = "https://cognito-identity.amazonaws.com";

/// `token_use` of an ID token; it has one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdTokenUse {
    /// `id`
    #[serde(rename = "id")]
    Id,
}

/// `token_use` of an access token; it has one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessTokenUse {
    /// `access`
    #[serde(rename = "access")]
    Access,
}

/// What a user pool's ID token says: who the person is.
///
/// Source: Cognito Developer Guide, *Understanding the identity (ID) token*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The user's id, which outlives a change of name.
    pub sub: Uuid,
    /// `PUBLIC-URL/POOL-ID`.
    pub iss: String,
    /// The id of the app client that the user signed in to.
    pub aud: String,
    /// `id`
    pub token_use: IdTokenUse,
    /// When the user proved who they are; a refreshed token keeps it. Whole seconds.
    #[serde(with = "numeric_date")]
    pub auth_time: Timestamp,
    /// When the token was issued. Whole seconds.
    #[serde(with = "numeric_date")]
    pub iat: Timestamp,
    /// The first second at which the token is refused.
    #[serde(with = "numeric_date")]
    pub exp: Timestamp,
    /// The token's own id.
    pub jti: Uuid,
    /// The refresh token it belongs to, by which it is revoked; absent if the client has token
    /// revocation switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin_jti: Option<Uuid>,
    /// The sign-in in the pool's history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<Uuid>,
    /// The user's name in the pool.
    #[serde(rename = "cognito:username")]
    pub username: String,
    /// The user's groups; absent without any.
    #[serde(rename = "cognito:groups", default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The roles of those groups; absent without any.
    #[serde(rename = "cognito:roles", default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Arn>,
    /// The role of the group with the best precedence; absent on a tie.
    #[serde(rename = "cognito:preferred_role", skip_serializing_if = "Option::is_none")]
    pub preferred_role: Option<Arn>,
    /// The user's attributes (`email`, `custom:…`), and a `nonce` if there was one. None may have
    /// the name of a field above: such a token is not issued.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
}

/// What a user pool's access token says: what the person may ask of the pool.
///
/// Source: Cognito Developer Guide, *Understanding the access token*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The user's id, which outlives a change of name.
    pub sub: Uuid,
    /// The device the user signed in from, if the pool remembers devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_key: Option<String>,
    /// The user's groups; absent without any.
    #[serde(rename = "cognito:groups", default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// `PUBLIC-URL/POOL-ID`.
    pub iss: String,
    /// The id of the app client that the user signed in to. An access token has no `aud`.
    pub client_id: String,
    /// The refresh token it belongs to; absent if the client has token revocation switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin_jti: Option<Uuid>,
    /// The sign-in in the pool's history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<Uuid>,
    /// `access`
    pub token_use: AccessTokenUse,
    /// OAuth 2.0 scopes with spaces between; `aws.cognito.signin.user.admin` by API.
    pub scope: String,
    /// When the user proved who they are; a refreshed token keeps it. Whole seconds.
    #[serde(with = "numeric_date")]
    pub auth_time: Timestamp,
    /// The first second at which the token is refused.
    #[serde(with = "numeric_date")]
    pub exp: Timestamp,
    /// When the token was issued. Whole seconds.
    #[serde(with = "numeric_date")]
    pub iat: Timestamp,
    /// The token's own id.
    pub jti: Uuid,
    /// The user's name in the pool.
    pub username: String,
}

/// What an identity pool's own token says (`GetOpenIdToken`): which identity this is.
///
/// It lives 10 minutes and is traded at STS for a role (`AssumeRoleWithWebIdentity`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityTokenClaims {
    /// The identity.
    pub sub: IdentityId,
    /// The identity pool.
    pub aud: IdentityPoolId,
    /// How the person signed in: `authenticated` and the login, or `unauthenticated`.
    pub amr: Vec<String>,
    /// [`IDENTITY_TOKEN_ISSUER`].
    pub iss: String,
    /// The first second at which the token is refused.
    #[serde(with = "numeric_date")]
    pub exp: Timestamp,
    /// When the token was issued. Whole seconds.
    #[serde(with = "numeric_date")]
    pub iat: Timestamp,
    /// The session tags that the token brings; absent without any.
    #[serde(rename = "https://aws.amazon.com/tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<SessionTagClaim>,
}

/// The tags of the session that a token is traded for, in the claim that STS looks for.
///
/// Source: IAM User Guide, *Pass session tags in AWS STS*, *Passing session tags using
/// `AssumeRoleWithWebIdentity`*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionTagClaim {
    /// Each tag's value, alone in a list, by its key.
    pub principal_tags: BTreeMap<String, [String; 1]>,
}
