use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::UniqueId;

use crate::{EntityKind, Owner, Record};

/// The name of a user or group, which are kept under their ids because they can be renamed: an index
/// entry of theirs. Names differ by more than case (`CreateUser` in the IAM API reference).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityName {
    /// Whose name it is.
    pub unique_id: UniqueId,
    /// The name as it was given.
    pub name: String,
    /// The entity's path.
    pub path: String,
}

/// What a name is found by.
#[derive(Debug, Clone)]
pub struct EntityNameKey {
    /// The account.
    pub owner: Owner,
    /// A name of what.
    pub kind: EntityKind,
    /// The name, in any case.
    pub name: String,
}

impl EntityNameKey {
    /// The beginning of the keys of all names of a kind in an account.
    pub fn of_kind(owner: &Owner, kind: EntityKind) -> Key {
        owner.global_key().text(kind.word())
    }
}

impl Record for EntityName {
    const SPACE: Space = Space::new("entity_name");
    const VERSION: u8 = 1;
    type Key = EntityNameKey;

    fn encode_key(key: &EntityNameKey) -> Key {
        EntityNameKey::of_kind(&key.owner, key.kind).text(&key.name.to_ascii_lowercase())
    }
}
