use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Arn, Timestamp, UniqueId};

use crate::{
    Derived, Directory, Entity, EntityKind, EntityName, EntityNameKey, Error, Keyed, Owner, Record,
    entity::policy_uses,
};

/// An IAM group. Who belongs to it stands in the users' records.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IamGroup {
    /// The name, unique in the account regardless of case.
    pub name: String,
    /// The path, `/` or `/…/`.
    pub path: String,
    /// The id that it keeps when it is renamed, and that no later group has.
    pub unique_id: UniqueId,
    /// When it was made.
    pub created: Timestamp,
    /// What its users may do: policy documents as written, by name.
    pub inline_policies: BTreeMap<String, String>,
    /// The managed policies attached to it.
    pub managed_policies: BTreeSet<Arn>,
}

/// What a group is found by.
#[derive(Debug, Clone)]
pub struct IamGroupKey {
    /// The account; groups have no region.
    pub owner: Owner,
    /// The group's id.
    pub unique_id: UniqueId,
}

impl Record for IamGroup {
    const SPACE: Space = Space::new("iam_group");
    const VERSION: u8 = 1;
    type Key = IamGroupKey;

    fn encode_key(key: &IamGroupKey) -> Key {
        key.owner.global_key().text(key.unique_id.as_str())
    }

    fn derived(&self, key: &IamGroupKey) -> Vec<Derived> {
        let name = EntityName {
            unique_id: self.unique_id.clone(),
            name: self.name.clone(),
            path: self.path.clone(),
        };
        let name_key = EntityNameKey {
            owner: key.owner.clone(),
            kind: EntityKind::Group,
            name: self.name.clone(),
        };
        let mut all = policy_uses(self, &key.owner);
        all.push(Derived::new(&name_key, &name));
        all
    }
}

impl Entity for IamGroup {
    const KIND: EntityKind = EntityKind::Group;

    async fn by_name(
        directory: &Directory,
        owner: &Owner,
        name: &str,
    ) -> Result<Keyed<Self>, Error> {
        let Some(unique_id) = directory.entity_id(owner, Self::KIND, name).await? else {
            return Ok(None);
        };
        let key = IamGroupKey { owner: owner.clone(), unique_id };
        Ok(directory.get::<Self>(&key).await?.map(|found| (key, found)))
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn unique_id(&self) -> &UniqueId {
        &self.unique_id
    }

    fn created(&self) -> Timestamp {
        self.created
    }

    fn inline_policies(&self) -> &BTreeMap<String, String> {
        &self.inline_policies
    }

    fn inline_policies_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.inline_policies
    }

    fn managed_policies(&self) -> &BTreeSet<Arn> {
        &self.managed_policies
    }

    fn managed_policies_mut(&mut self) -> &mut BTreeSet<Arn> {
        &mut self.managed_policies
    }
}

/// That a user belongs to a group, found from the group: an index entry of the user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IamGroupMember {
    /// The user.
    pub user: UniqueId,
}

/// What a member is found by.
#[derive(Debug, Clone)]
pub struct IamGroupMemberKey {
    /// The account.
    pub owner: Owner,
    /// The group's id.
    pub group: UniqueId,
    /// The user's name, in any case.
    pub user_name: String,
}

impl IamGroupMemberKey {
    /// The beginning of the keys of all members of a group.
    pub fn of_group(owner: &Owner, group: &UniqueId) -> Key {
        owner.global_key().text(group.as_str())
    }
}

impl Record for IamGroupMember {
    const SPACE: Space = Space::new("iam_group_member");
    const VERSION: u8 = 1;
    type Key = IamGroupMemberKey;

    fn encode_key(key: &IamGroupMemberKey) -> Key {
        IamGroupMemberKey::of_group(&key.owner, &key.group)
            .text(&key.user_name.to_ascii_lowercase())
    }
}
