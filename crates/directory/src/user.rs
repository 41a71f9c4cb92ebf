use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use session::Sealed;
use store::{Key, Space};
use types::{Timestamp, Uuid};

use crate::{Contact, Derived, Record, UserPoolKey};

/// A user of a user pool.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The name as it was given; it never changes.
    pub username: String,
    /// The id, which no later user of this name will have.
    pub sub: Uuid,
    /// What is known about the user, by name, without `sub`.
    pub attributes: BTreeMap<String, String>,
    /// By what, beside the name, the user is found, as the pool compares names. Each belongs to one
    /// user of the pool.
    #[serde(default)]
    pub aliases: BTreeSet<String>,
    /// E-mail address and telephone number that take effect once they are verified.
    #[serde(default)]
    pub unverified: BTreeMap<Contact, String>,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// Where the user stands.
    pub status: UserStatus,
    /// What the user signs in with.
    pub password: Option<Password>,
    /// The passwords before it, the latest first, as many as the pool remembers.
    #[serde(default)]
    pub former_passwords: Vec<Password>,
    /// The sign-ins that failed since the last one that did not.
    pub failures: Option<SignInFailures>,
    /// The moment up to which the user was signed out everywhere: no sign-in until then counts.
    #[serde(default)]
    pub signed_out: Option<Timestamp>,
    /// By which the user signs in without showing the password, if there is one.
    #[serde(default)]
    pub srp: Option<SrpVerifier>,
    /// When the user was made.
    pub created: Timestamp,
    /// When the user last changed; sign-ins do not count.
    pub last_modified: Timestamp,
}

/// Where a user stands between being made and signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum UserStatus {
    /// Signed up, and has not proved yet to be reached where they said.
    Unconfirmed,
    /// Has a password of their own.
    Confirmed,
    /// Has a temporary password, which only leads to setting another one.
    ForceChangePassword,
    /// Must set a new password by a code, because an administrator said so.
    ResetRequired,
}

/// What a password is checked by in the secure remote password protocol (RFC 5054): as good for
/// guessing the password as its hash, and quicker, so it is sealed.
///
/// It goes with one password and one user name: whatever sets a password makes or drops it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SrpVerifier {
    /// The salt, as the client gets it.
    pub salt: String,
    /// The verifier, big-endian; the associated data is the user's record.
    pub verifier: Sealed<Vec<u8>>,
}

/// A password, as it can only be checked.
///
/// argon2id (RFC 9106) with the parameters it was made with, so that they can be raised later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Password {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// The salt, in base64.
    pub salt: String,
    /// The hash, in base64.
    pub hash: String,
    /// When it was set: a temporary password is good for some days.
    pub set: Timestamp,
}

/// Sign-ins that failed in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInFailures {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub last: Timestamp,
}

/// Sign-ins that failed in a row for a name that no user has: as with a user's, it must not show
/// that there is none.
///
/// A pool has a bounded number of these, each for the last of the names that share its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnknownUser {
    /// The place, which follows from the name.
    pub place: u16,
    /// A keyed hash of the name, in base64.
    pub name: String,
    /// What failed.
    pub failures: SignInFailures,
}

/// What an [`UnknownUser`] is found by.
#[derive(Debug, Clone)]
pub struct UnknownUserKey {
    /// The pool.
    pub pool: UserPoolKey,
    /// [`UnknownUser::place`].
    pub place: u16,
}

impl Record for UnknownUser {
    const SPACE: Space = Space::new("unknown_user");
    const VERSION: u8 = 1;
    type Key = UnknownUserKey;

    fn encode_key(key: &UnknownUserKey) -> Key {
        key.pool.within().u64(key.place.into())
    }
}

/// What a user is found by.
#[derive(Debug, Clone)]
pub struct UserKey {
    /// The pool.
    pub pool: UserPoolKey,
    /// The user name as the pool compares names ([`UserPool::comparable`](crate::UserPool)).
    pub name: String,
}

impl Record for User {
    const SPACE: Space = Space::new("user");
    const VERSION: u8 = 1;
    type Key = UserKey;

    fn encode_key(key: &UserKey) -> Key {
        key.pool.within().text(&key.name)
    }

    fn derived(&self, key: &UserKey) -> Vec<Derived> {
        let by_sub = UserSubKey { pool: key.pool.clone(), sub: self.sub };
        let by_sub = Derived::new(&by_sub, &UserSub { name: key.name.clone() });
        let by_alias = |alias: &String| {
            let place = UserAliasKey { pool: key.pool.clone(), alias: alias.clone() };
            Derived::new(&place, &UserAlias { name: key.name.clone() })
        };
        std::iter::once(by_sub).chain(self.aliases.iter().map(by_alias)).collect()
    }
}

/// Whose alias it is: an index entry of [`User`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserAlias {
    /// [`UserKey::name`].
    pub name: String,
}

/// What a user is found by who signs in by something else than the name.
#[derive(Debug, Clone)]
pub struct UserAliasKey {
    /// The pool.
    pub pool: UserPoolKey,
    /// The alias as the pool compares names.
    pub alias: String,
}

impl Record for UserAlias {
    const SPACE: Space = Space::new("user_alias");
    const VERSION: u8 = 1;
    type Key = UserAliasKey;

    fn encode_key(key: &UserAliasKey) -> Key {
        key.pool.within().text(&key.alias)
    }
}

/// Whose `sub` it is: an index entry of [`User`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSub {
    /// [`UserKey::name`].
    pub name: String,
}

/// What a user is found by, whatever the name.
#[derive(Debug, Clone)]
pub struct UserSubKey {
    /// The pool.
    pub pool: UserPoolKey,
    /// The user's `sub`.
    pub sub: Uuid,
}

impl Record for UserSub {
    const SPACE: Space = Space::new("user_sub");
    const VERSION: u8 = 1;
    type Key = UserSubKey;

    fn encode_key(key: &UserSubKey) -> Key {
        key.pool.within().text(&key.sub.to_string())
    }
}
