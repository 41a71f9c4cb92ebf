use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Timestamp, UserPoolId};

use crate::{Derived, Owner, PublicId, PublicResource, Record};

/// A Cognito user pool: the rules that its users, groups and clients live by.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserPool {
    /// Its id.
    pub id: UserPoolId,
    /// Its name, not necessarily unique.
    pub name: String,
    /// What a password must be.
    pub password_policy: PasswordPolicy,
    /// Whether `Ann` and `ann` are two users. It never changes.
    pub case_sensitive: bool,
    /// Whether nobody may sign up without an administrator.
    pub admin_create_user_only: bool,
    /// Whether the pool must not be deleted.
    pub deletion_protection: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub last_modified: Timestamp,
}

impl UserPool {
    /// The user name as this pool compares names.
    #[must_use]
    pub fn comparable(&self, username: &str) -> String {
        if self.case_sensitive { username.to_owned() } else { username.to_lowercase() }
    }
}

/// What a password must be.
///
/// Source: Amazon Cognito User Pools API Reference, `PasswordPolicyType`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are AWS's four independent requirements")]
pub struct PasswordPolicy {
    /// At least so many characters: 6 to 99.
    pub minimum_length: u8,
    /// Whether it needs an upper-case letter.
    pub require_uppercase: bool,
    /// Whether it needs a lower-case letter.
    pub require_lowercase: bool,
    /// Whether it needs a digit.
    pub require_numbers: bool,
    /// Whether it needs a symbol.
    pub require_symbols: bool,
    /// For how many days a temporary password is good: 1 to 365.
    pub temporary_password_validity_days: u16,
}

/// What a user pool is found by.
#[derive(Debug, Clone)]
pub struct UserPoolKey {
    /// The account and region.
    pub owner: Owner,
    /// The pool's id.
    pub id: UserPoolId,
}

impl UserPoolKey {
    /// The beginning of the keys of all user pools of an account in a region.
    pub fn prefix(owner: &Owner) -> Key {
        owner.regional_key()
    }

    /// The beginning of the keys of everything of one kind that is in this pool.
    pub fn within(&self) -> Key {
        self.owner.regional_key().text(self.id.as_str())
    }
}

impl Record for UserPool {
    const SPACE: Space = Space::new("user_pool");
    const VERSION: u8 = 1;
    type Key = UserPoolKey;

    fn encode_key(key: &UserPoolKey) -> Key {
        key.within()
    }

    fn derived(&self, key: &UserPoolKey) -> Vec<Derived> {
        let public = PublicResource::new(&key.owner, &key.id);
        vec![Derived::new(&PublicId::UserPool(key.id.clone()), &public)]
    }
}
