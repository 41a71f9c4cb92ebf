use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Timestamp, Uuid};

use crate::{Record, UserPoolKey};

/// A sign-in that can be refreshed, and its refresh token as it can only be recognised.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshToken {
    /// The `sub` of the user it was given to.
    pub user: Uuid,
    /// Its id, by which the tokens that come from it name it.
    pub origin_jti: Uuid,
    /// The SHA-256 of the token, in base64. A token is too hard to guess to need a salt.
    pub hash: String,
    /// The client it was given to.
    pub client_id: String,
    /// When the user signed in.
    pub auth_time: Timestamp,
    /// The sign-in in the pool's history.
    pub event_id: Uuid,
    /// The first moment at which it is refused.
    pub expires: Timestamp,
    /// The tokens whose place this one took, the newest last: those that are not worth remembering
    /// any more are forgotten.
    #[serde(default)]
    pub former: Vec<FormerRefreshToken>,
}

/// A refresh token that was used where each is good for one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormerRefreshToken {
    /// As in [`RefreshToken::hash`].
    pub hash: String,
    /// Until when it is still taken, for a client that did not get the answer.
    pub taken_until: Timestamp,
}

/// What a refresh token is found by.
#[derive(Debug, Clone)]
pub struct RefreshTokenKey {
    /// The pool.
    pub pool: UserPoolKey,
    /// The `sub` of the user it was given to.
    pub user: Uuid,
    /// The token's id.
    pub origin_jti: Uuid,
}

impl RefreshTokenKey {
    /// The beginning of the keys of all refresh tokens of a user.
    pub fn of_user(pool: &UserPoolKey, user: Uuid) -> Key {
        pool.within().text(&user.to_string())
    }
}

impl Record for RefreshToken {
    const SPACE: Space = Space::new("refresh_token");
    const VERSION: u8 = 1;
    type Key = RefreshTokenKey;

    fn encode_key(key: &RefreshTokenKey) -> Key {
        RefreshTokenKey::of_user(&key.pool, key.user).text(&key.origin_jti.to_string())
    }
}
