use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{IdentityId, IdentityPoolId, Timestamp};

use crate::{Derived, Owner, PublicId, PublicResource, Record};

/// The name under which tokens for developer-authenticated users are handed in, and under which
/// these users are found in the index of [`Login`]s. No user pool has it.
pub const DEVELOPER_LOGINS: &str = "cognito-identity.amazonaws.com";

/// An identity of an identity pool: one person, or one guest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Who it is: the subject by the provider's name.
    pub logins: BTreeMap<String, String>,
    /// Who it is for the application's own sign-in: identifiers of the pool's developer provider.
    #[serde(default)]
    pub developer_users: BTreeSet<String>,
    /// Whether it can still be had.
    #[serde(default)]
    pub state: IdentityState,
    /// When it was made.
    pub created: Timestamp,
    /// When its logins last changed.
    pub last_modified: Timestamp,
}

/// Whether an identity can be had, and if not, why.
///
/// Source: Amazon Cognito Developer Guide, *Identity pools authentication flow*, *Merging identities*;
/// API reference, `UnlinkIdentity`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum IdentityState {
    /// By its logins, or, if it never had any, by whoever knows its id.
    #[default]
    Active,
    /// By nobody: its last login was unlinked.
    Inaccessible,
    /// It became one with this other identity, which took over its logins.
    MergedInto(IdentityId),
}

impl Identity {
    /// A new identity of whoever has these logins; of a guest without any.
    #[must_use]
    pub fn new(id: IdentityId, logins: BTreeMap<String, String>, now: Timestamp) -> Self {
        Self {
            id,
            logins,
            developer_users: BTreeSet::new(),
            state: IdentityState::Active,
            created: now,
            last_modified: now,
        }
    }

    /// Whether it has no login of any kind.
    #[must_use]
    pub fn has_no_login(&self) -> bool {
        self.logins.is_empty() && self.developer_users.is_empty()
    }

    /// How many logins it has, of all kinds.
    #[must_use]
    pub fn login_count(&self) -> usize {
        self.logins.len() + self.developer_users.len()
    }
}

/// What an identity is found by.
#[derive(Debug, Clone)]
pub struct IdentityKey {
    /// The account and region.
    pub owner: Owner,
    /// The pool it is of.
    pub pool: IdentityPoolId,
    /// Its id.
    pub id: IdentityId,
}

impl IdentityKey {
    /// The beginning of the keys of all identities of a pool.
    pub fn prefix(owner: &Owner, pool: &IdentityPoolId) -> Key {
        owner.regional_key().text(&pool.to_string())
    }
}

impl Record for Identity {
    const SPACE: Space = Space::new("identity");
    const VERSION: u8 = 1;
    type Key = IdentityKey;

    fn encode_key(key: &IdentityKey) -> Key {
        Self::Key::prefix(&key.owner, &key.pool).text(&key.id.to_string())
    }

    /// The way from its public id, and from each person it is: as index entries are unique, one
    /// person has one identity in a pool.
    fn derived(&self, key: &IdentityKey) -> Vec<Derived> {
        let public = PublicResource::new(&key.owner, &key.pool);
        let mut entries = vec![Derived::new(&PublicId::Identity(key.id.clone()), &public)];
        let logins = self.logins.iter().map(|(provider, subject)| (provider.as_str(), subject));
        let developer_users = self.developer_users.iter().map(|user| (DEVELOPER_LOGINS, user));
        for (provider, subject) in logins.chain(developer_users) {
            let login = LoginKey {
                owner: key.owner.clone(),
                pool: key.pool.clone(),
                provider: provider.to_owned(),
                subject: subject.clone(),
            };
            entries.push(Derived::new(&login, &Login { identity: key.id.clone() }));
        }
        entries
    }
}

/// Which identity a person has: an index entry of [`Identity`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The identity.
    pub identity: IdentityId,
}

/// What a person is known by in an identity pool.
#[derive(Debug, Clone)]
pub struct LoginKey {
    /// The account and region.
    pub owner: Owner,
    /// The pool.
    pub pool: IdentityPoolId,
    /// The provider's name, such as `cognito-idp.REGION.amazonaws.com/POOL`.
    pub provider: String,
    /// Who it is there: the token's `sub`.
    pub subject: String,
}

impl Record for Login {
    const SPACE: Space = Space::new("identity_login");
    const VERSION: u8 = 1;
    type Key = LoginKey;

    fn encode_key(key: &LoginKey) -> Key {
        let pool = key.owner.regional_key().text(&key.pool.to_string());
        pool.text(&key.provider).text(&key.subject)
    }
}
