use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Arn, Timestamp, UniqueId};

use crate::{
    Derived, Directory, Entity, EntityKind, Error, Keyed, Owner, Record, entity::policy_uses,
};

/// An IAM role with its trust policy and its inline policies, in one record: what a session may do
/// follows from one read and those of the managed policies, and changes at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The name, unique in the account regardless of case.
    pub name: String,
    /// The path, `/` or `/…/`.
    pub path: String,
    /// The id that a later role of the same name will not have.
    pub unique_id: UniqueId,
    /// When it was made.
    pub created: Timestamp,
    /// What its maker wrote about it.
    pub description: Option<String>,
    /// How long a session may last at most, in seconds: 3,600 to 43,200.
    pub max_session_duration_seconds: u32,
    /// Who may take the role, as written.
    pub trust_policy: String,
    /// What the role may do: policy documents as written, by name.
    pub inline_policies: BTreeMap<String, String>,
    /// Labels, by key.
    pub tags: BTreeMap<String, String>,
    /// The managed policies attached to it. Before there were any, none was.
    #[serde(default)]
    pub managed_policies: BTreeSet<Arn>,
    /// The managed policy that bounds what it may do. Before there were any, none did.
    #[serde(default)]
    pub permissions_boundary: Option<Arn>,
}

impl Role {
    /// The role's ARN.
    #[must_use]
    pub fn arn(&self, owner: &Owner) -> Arn {
        Entity::arn(self, owner)
    }
}

/// What a role is found by. Role names differ by more than case (`CreateRole` in the IAM API reference).
#[derive(Debug, Clone)]
pub struct RoleKey {
    /// The account; roles have no region.
    pub owner: Owner,
    /// The role's name, in any case.
    pub name: String,
}

impl RoleKey {
    /// The key of the role that this ARN names by the last part of its path.
    #[must_use]
    pub fn from_arn(owner: Owner, arn: &Arn) -> Option<Self> {
        let name = arn.resource().strip_prefix("role/")?.rsplit('/').next()?.to_owned();
        Some(Self { owner, name })
    }

    /// The beginning of the keys of all roles of an account.
    pub fn prefix(owner: &Owner) -> Key {
        owner.global_key()
    }
}

impl Record for Role {
    const SPACE: Space = Space::new("role");
    const VERSION: u8 = 1;
    type Key = RoleKey;

    fn encode_key(key: &RoleKey) -> Key {
        key.owner.global_key().text(&key.name.to_ascii_lowercase())
    }

    fn derived(&self, key: &RoleKey) -> Vec<Derived> {
        policy_uses(self, &key.owner)
    }
}

impl Entity for Role {
    const KIND: EntityKind = EntityKind::Role;

    async fn by_name(
        directory: &Directory,
        owner: &Owner,
        name: &str,
    ) -> Result<Keyed<Self>, Error> {
        let key = RoleKey { owner: owner.clone(), name: name.to_owned() };
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

    fn permissions_boundary(&self) -> Option<&Arn> {
        self.permissions_boundary.as_ref()
    }

    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    fn trust_policy(&self) -> Option<&str> {
        Some(&self.trust_policy)
    }
}
