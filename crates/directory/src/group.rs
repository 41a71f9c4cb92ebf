use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Arn, Timestamp, Uuid};

use crate::{Record, UserPoolKey};

/// A group of a user pool.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name, unique in the pool; case counts.
    pub name: String,
    /// Tells it from an earlier group of this name, whose members are not its members.
    pub id: Uuid,
    /// What its maker wrote about it.
    pub description: Option<String>,
    /// Which group comes first for a user of several: the lowest, and last of all those without.
    pub precedence: Option<u32>,
    /// The role that its members' ID tokens name.
    pub role: Option<Arn>,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub last_modified: Timestamp,
}

/// What a group is found by.
#[derive(Debug, Clone)]
pub struct GroupKey {
    /// The pool.
    pub pool: UserPoolKey,
    /// The group's name.
    pub name: String,
}

impl Record for Group {
    const SPACE: Space = Space::new("user_pool_group");
    const VERSION: u8 = 1;
    type Key = GroupKey;

    fn encode_key(key: &GroupKey) -> Key {
        key.pool.within().text(&key.name)
    }
}
