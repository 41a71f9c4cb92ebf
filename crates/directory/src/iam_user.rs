use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use session::Sealed;
use store::{Key, Space};
use types::{AccessKeyId, Arn, Timestamp, UniqueId};

use crate::{
    AccessKeyOwner, Derived, Directory, Entity, EntityKind, EntityName, EntityNameKey, Error,
    IamGroupMember, IamGroupMemberKey, Keyed, Owner, Record, entity::policy_uses,
};

/// An IAM user with its access keys, policies and memberships, in one record: what it may do
/// follows from one read, its groups' and the managed policies', and changes at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IamUser {
    /// The name, unique in the account regardless of case.
    pub name: String,
    /// The path, `/` or `/…/`.
    pub path: String,
    /// The id that it keeps when it is renamed, and that no later user has.
    pub unique_id: UniqueId,
    /// When it was made.
    pub created: Timestamp,
    /// What it may do by itself: policy documents as written, by name.
    pub inline_policies: BTreeMap<String, String>,
    /// The managed policies attached to it.
    pub managed_policies: BTreeSet<Arn>,
    /// The managed policy that bounds what it may do.
    pub permissions_boundary: Option<Arn>,
    /// The ids of its groups.
    pub groups: BTreeSet<UniqueId>,
    /// Labels, by key.
    pub tags: BTreeMap<String, String>,
    /// Its access keys, oldest first.
    pub access_keys: Vec<UserAccessKey>,
}

/// A long-term access key of a user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserAccessKey {
    /// `AKIA…`
    pub id: AccessKeyId,
    /// The secret, sealed with [`IamUser::access_key_data`].
    pub secret: Sealed<String>,
    /// Whether requests may be signed with it.
    pub active: bool,
    /// When it was made.
    pub created: Timestamp,
}

/// What a user is found by.
#[derive(Debug, Clone)]
pub struct IamUserKey {
    /// The account; users have no region.
    pub owner: Owner,
    /// The user's id.
    pub unique_id: UniqueId,
}

impl IamUser {
    /// What the secret of an access key is sealed with, so that it opens for no other user and under
    /// no other id.
    #[must_use]
    pub fn access_key_data(key: &IamUserKey, id: &AccessKeyId) -> Vec<u8> {
        [Self::associated_data(key).as_slice(), &[0], id.as_str().as_bytes()].concat()
    }
}

impl Record for IamUser {
    const SPACE: Space = Space::new("iam_user");
    const VERSION: u8 = 1;
    type Key = IamUserKey;

    fn encode_key(key: &IamUserKey) -> Key {
        key.owner.global_key().text(key.unique_id.as_str())
    }

    fn derived(&self, key: &IamUserKey) -> Vec<Derived> {
        let owner = &key.owner;
        let name = EntityName {
            unique_id: self.unique_id.clone(),
            name: self.name.clone(),
            path: self.path.clone(),
        };
        let name_key =
            EntityNameKey { owner: owner.clone(), kind: EntityKind::User, name: self.name.clone() };
        let keys = self.access_keys.iter().map(|access_key| {
            let value = AccessKeyOwner { account: *owner.account(), user: self.unique_id.clone() };
            Derived::new(&access_key.id, &value)
        });
        let groups = self.groups.iter().map(|group| {
            let member = IamGroupMemberKey {
                owner: owner.clone(),
                group: group.clone(),
                user_name: self.name.clone(),
            };
            Derived::new(&member, &IamGroupMember { user: self.unique_id.clone() })
        });
        let mut all = policy_uses(self, owner);
        all.push(Derived::new(&name_key, &name));
        all.extend(keys);
        all.extend(groups);
        all
    }
}

impl Entity for IamUser {
    const KIND: EntityKind = EntityKind::User;

    async fn by_name(
        directory: &Directory,
        owner: &Owner,
        name: &str,
    ) -> Result<Keyed<Self>, Error> {
        let Some(unique_id) = directory.entity_id(owner, Self::KIND, name).await? else {
            return Ok(None);
        };
        let key = IamUserKey { owner: owner.clone(), unique_id };
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

    fn groups(&self) -> &BTreeSet<UniqueId> {
        &self.groups
    }
}
