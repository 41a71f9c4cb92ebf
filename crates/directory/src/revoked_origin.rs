use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Timestamp, Uuid};

use crate::{Record, UserPoolKey};

/// A sign-in whose tokens were revoked: neither its refresh token nor an access or ID token that
/// names it is good any more.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokedOrigin {
    /// The `sub` of the user who signed in.
    pub user: Uuid,
    /// The sign-in, as its tokens name it.
    pub origin_jti: Uuid,
    /// From when on all its tokens have expired, so that this may be forgotten.
    pub forgettable: Timestamp,
}

/// What a revoked sign-in is found by.
#[derive(Debug, Clone)]
pub struct RevokedOriginKey {
    /// The pool.
    pub pool: UserPoolKey,
    /// The `sub` of the user.
    pub user: Uuid,
    /// The sign-in.
    pub origin_jti: Uuid,
}

impl RevokedOriginKey {
    /// The beginning of the keys of all revoked sign-ins of a user.
    pub fn of_user(pool: &UserPoolKey, user: Uuid) -> Key {
        pool.within().text(&user.to_string())
    }
}

impl Record for RevokedOrigin {
    const SPACE: Space = Space::new("revoked_origin");
    const VERSION: u8 = 1;
    type Key = RevokedOriginKey;

    fn encode_key(key: &RevokedOriginKey) -> Key {
        RevokedOriginKey::of_user(&key.pool, key.user).text(&key.origin_jti.to_string())
    }
}
