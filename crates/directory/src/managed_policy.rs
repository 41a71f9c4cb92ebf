use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Arn, Timestamp, UniqueId};

use crate::{Owner, Record};

/// A managed policy of an account, with its versions.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedPolicy {
    /// The name, unique in the account regardless of case.
    pub name: String,
    /// The path, `/` or `/…/`.
    pub path: String,
    /// The id that a later policy of the same name will not have.
    pub unique_id: UniqueId,
    /// When it was made.
    pub created: Timestamp,
    /// When its versions last changed.
    pub updated: Timestamp,
    /// What its maker wrote about it.
    pub description: Option<String>,
    /// Labels, by key.
    pub tags: BTreeMap<String, String>,
    /// The versions by their numbers, at most five.
    pub versions: BTreeMap<u32, PolicyVersion>,
    /// The number of the version that counts; always one of them.
    pub default_version: u32,
    /// The number that the next version gets; none is used twice.
    pub next_version: u32,
}

/// One version of a managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyVersion {
    /// The document as written.
    pub document: String,
    /// When it was made.
    pub created: Timestamp,
}

impl ManagedPolicy {
    /// The policy's ARN.
    #[must_use]
    pub fn arn(&self, owner: &Owner) -> Arn {
        let resource = format!("policy{}{}", self.path, self.name);
        Arn::new("iam", None, Some(owner.account()), &resource)
    }

    /// The document that counts.
    #[must_use]
    pub fn document(&self) -> Option<&str> {
        self.versions.get(&self.default_version).map(|version| version.document.as_str())
    }
}

/// What a managed policy is found by.
#[derive(Debug, Clone)]
pub struct ManagedPolicyKey {
    /// The account; policies have no region.
    pub owner: Owner,
    /// The policy's name, in any case.
    pub name: String,
}

impl ManagedPolicyKey {
    /// The key of the policy that this ARN names by the last part of its path, if it is one of the
    /// owner's account.
    #[must_use]
    pub fn from_arn(owner: Owner, arn: &Arn) -> Option<Self> {
        let own = arn.service() == "iam" && arn.account() == owner.account().as_str();
        let name = arn.resource().strip_prefix("policy/")?.rsplit('/').next()?.to_owned();
        own.then_some(Self { owner, name })
    }

    /// The beginning of the keys of all policies of an account.
    pub fn prefix(owner: &Owner) -> Key {
        owner.global_key()
    }
}

impl Record for ManagedPolicy {
    const SPACE: Space = Space::new("managed_policy");
    const VERSION: u8 = 1;
    type Key = ManagedPolicyKey;

    fn encode_key(key: &ManagedPolicyKey) -> Key {
        key.owner.global_key().text(&key.name.to_ascii_lowercase())
    }
}
