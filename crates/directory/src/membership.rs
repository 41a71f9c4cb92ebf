use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Timestamp, Uuid};

use crate::{Derived, Record, UserPoolKey};

/// That a user is in a group, found from the user.
///
/// It counts only while the group has the id that is named here: a group made anew under its name
/// has no members, even before those of its predecessor are cleared away.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The user's `sub`.
    pub user: Uuid,
    /// [`Group::id`](crate::Group::id).
    pub group_id: Uuid,
    /// The group's name.
    pub group: String,
    /// Since when.
    pub since: Timestamp,
}

/// What a membership is found by.
#[derive(Debug, Clone)]
pub struct MembershipKey {
    /// The pool.
    pub pool: UserPoolKey,
    /// The user's `sub`.
    pub user: Uuid,
    /// The group's name.
    pub group: String,
}

impl MembershipKey {
    /// The beginning of the keys of all memberships of a user.
    pub fn of_user(pool: &UserPoolKey, user: Uuid) -> Key {
        pool.within().text(&user.to_string())
    }
}

impl Record for Membership {
    const SPACE: Space = Space::new("user_pool_membership");
    const VERSION: u8 = 1;
    type Key = MembershipKey;

    fn encode_key(key: &MembershipKey) -> Key {
        MembershipKey::of_user(&key.pool, key.user).text(&key.group)
    }

    fn derived(&self, key: &MembershipKey) -> Vec<Derived> {
        let member = GroupMember { user: key.user };
        vec![Derived::new(&GroupMemberKey(key.clone()), &member)]
    }
}

/// That a user is in a group, found from the group: an index entry of [`Membership`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupMember {
    /// The user's `sub`.
    pub user: Uuid,
}

/// What a group's member is found by: the membership, group first.
#[derive(Debug, Clone)]
pub struct GroupMemberKey(pub MembershipKey);

impl GroupMemberKey {
    /// The beginning of the keys of all members of a group.
    pub fn of_group(pool: &UserPoolKey, group: &str) -> Key {
        pool.within().text(group)
    }
}

impl Record for GroupMember {
    const SPACE: Space = Space::new("user_pool_group_member");
    const VERSION: u8 = 1;
    type Key = GroupMemberKey;

    fn encode_key(GroupMemberKey(key): &GroupMemberKey) -> Key {
        GroupMemberKey::of_group(&key.pool, &key.group).text(&key.user.to_string())
    }
}
