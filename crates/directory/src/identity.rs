use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{IdentityId, IdentityPoolId, Timestamp};

use crate::{Derived, Owner, PublicId, PublicResource, Record};

/// An identity of an identity pool: one person, or one guest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Who it is: the subject by the provider's name. Empty for a guest.
    pub logins: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
    /// When its logins last changed.
    pub last_modified: Timestamp,
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

impl Record for Identity {
    const SPACE: Space = Space::new("identity");
    const VERSION: u8 = 1;
    type Key = IdentityKey;

    fn encode_key(key: &IdentityKey) -> Key {
        key.owner.regional_key().text(&key.pool.to_string()).text(&key.id.to_string())
    }

    /// The way from its public id, and from each person it is: as index entries are unique, one
    /// person has one identity in a pool.
    fn derived(&self, key: &IdentityKey) -> Vec<Derived> {
        let public = PublicResource::new(&key.owner, &key.pool);
        let mut entries = vec![Derived::new(&PublicId::Identity(key.id.clone()), &public)];
        for (provider, subject) in &self.logins {
            let login = LoginKey {
                owner: key.owner.clone(),
                pool: key.pool.clone(),
                provider: provider.clone(),
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
