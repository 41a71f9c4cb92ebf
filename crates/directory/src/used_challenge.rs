use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Timestamp, Uuid};

use crate::{Record, UserPoolKey};

/// That a challenge of a sign-in was answered: it is good for one answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsedChallenge {
    /// The challenge.
    pub id: Uuid,
    /// When the challenge expires anyway, so that this may be forgotten.
    pub forgettable: Timestamp,
}

/// What an answered challenge is found by.
#[derive(Debug, Clone)]
pub struct UsedChallengeKey {
    /// The pool.
    pub pool: UserPoolKey,
    /// The challenge.
    pub id: Uuid,
}

impl Record for UsedChallenge {
    const SPACE: Space = Space::new("used_challenge");
    const VERSION: u8 = 1;
    type Key = UsedChallengeKey;

    fn encode_key(key: &UsedChallengeKey) -> Key {
        key.pool.within().text(&key.id.to_string())
    }
}
