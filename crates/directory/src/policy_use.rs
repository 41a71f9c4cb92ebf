use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Arn, UniqueId};

use crate::{EntityKind, Owner, Record};

/// That a user, group or role uses a managed policy, found from the policy: an index entry of those.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyUse {
    /// The entity's name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Its unique id.
    pub unique_id: UniqueId,
}

/// What for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Usage {
    /// It is attached and says what the entity may do.
    Policy,
    /// It bounds what the entity may do.
    Boundary,
}

impl Usage {
    fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Boundary => "boundary",
        }
    }
}

/// What a use is found by.
#[derive(Debug, Clone)]
pub struct PolicyUseKey {
    /// The account of the entity.
    pub owner: Owner,
    /// The policy, which may be one of AWS's own.
    pub policy: Arn,
    /// What for.
    pub usage: Usage,
    /// What kind of entity uses it.
    pub entity: EntityKind,
    /// The entity's name, in any case.
    pub name: String,
}

impl PolicyUseKey {
    /// The beginning of the keys of all uses of a policy in an account.
    pub fn of_policy(owner: &Owner, policy: &Arn) -> Key {
        owner.global_key().text(policy.as_str())
    }

    /// The same, of one usage.
    pub fn of_usage(owner: &Owner, policy: &Arn, usage: Usage) -> Key {
        Self::of_policy(owner, policy).text(usage.word())
    }

    /// The same, by one kind of entity.
    pub fn of_kind(owner: &Owner, policy: &Arn, usage: Usage, entity: EntityKind) -> Key {
        Self::of_usage(owner, policy, usage).text(entity.word())
    }
}

impl Record for PolicyUse {
    const SPACE: Space = Space::new("policy_use");
    const VERSION: u8 = 1;
    type Key = PolicyUseKey;

    fn encode_key(key: &PolicyUseKey) -> Key {
        PolicyUseKey::of_kind(&key.owner, &key.policy, key.usage, key.entity)
            .text(&key.name.to_ascii_lowercase())
    }
}
