//! What IAM's users, groups and roles have in common.

use std::{collections::BTreeMap, collections::BTreeSet, fmt, future::Future};

use types::{Arn, Timestamp, UniqueId};

use crate::{Derived, Directory, Error, Found, Owner, PolicyUse, PolicyUseKey, Record, Usage};

/// What kind of IAM entity something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// A group of users.
    Group,
    /// A role.
    Role,
    /// A user.
    User,
}

impl EntityKind {
    /// The word in ARNs and messages: `group`, `role`, `user`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Role => "role",
            Self::User => "user",
        }
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A record that was found with its key, if there is one.
pub type Keyed<R> = Option<(<R as Record>::Key, Found<R>)>;

/// An IAM entity that policies are written into and attached to.
///
/// All that says what it may do lies in its own record, but for the documents of managed policies
/// and, of a user, its groups.
pub trait Entity: Record {
    /// Which.
    const KIND: EntityKind;

    /// The entity of this name, in any case, and the key that it lies under.
    fn by_name(
        directory: &Directory,
        owner: &Owner,
        name: &str,
    ) -> impl Future<Output = Result<Keyed<Self>, Error>> + Send;

    /// Its name, in the case that it was given in.
    fn name(&self) -> &str;

    /// Its path, `/` or `/…/`.
    fn path(&self) -> &str;

    /// The id that a later one of the same name will not have.
    fn unique_id(&self) -> &UniqueId;

    /// When it was made.
    fn created(&self) -> Timestamp;

    /// The policies written into it: documents as written, by name.
    fn inline_policies(&self) -> &BTreeMap<String, String>;

    /// The same, to be changed.
    fn inline_policies_mut(&mut self) -> &mut BTreeMap<String, String>;

    /// The managed policies attached to it.
    fn managed_policies(&self) -> &BTreeSet<Arn>;

    /// The same, to be changed.
    fn managed_policies_mut(&mut self) -> &mut BTreeSet<Arn>;

    /// The managed policy that bounds what it may do; a group has none.
    fn permissions_boundary(&self) -> Option<&Arn> {
        None
    }

    /// Its labels, by key; a group has none.
    fn tags(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        &NONE
    }

    /// The ids of the groups it belongs to; only a user does.
    fn groups(&self) -> &BTreeSet<UniqueId> {
        static NONE: BTreeSet<UniqueId> = BTreeSet::new();
        &NONE
    }

    /// Who may take it, as written; only a role can be taken.
    fn trust_policy(&self) -> Option<&str> {
        None
    }

    /// Its ARN.
    fn arn(&self, owner: &Owner) -> Arn {
        entity_arn(Self::KIND, owner, self.path(), self.name())
    }
}

/// The ARN that an entity of this kind, path and name has.
#[must_use]
pub fn entity_arn(kind: EntityKind, owner: &Owner, path: &str, name: &str) -> Arn {
    Arn::new("iam", None, Some(owner.account()), &format!("{kind}{path}{name}"))
}

/// The index entries by which a managed policy knows where it is used.
pub(crate) fn policy_uses<E: Entity>(entity: &E, owner: &Owner) -> Vec<Derived> {
    let attached = entity.managed_policies().iter().map(|arn| (arn, Usage::Policy));
    let boundary = entity.permissions_boundary().map(|arn| (arn, Usage::Boundary));
    let entry = |(policy, usage): (&Arn, Usage)| {
        let key = PolicyUseKey {
            owner: owner.clone(),
            policy: policy.clone(),
            usage,
            entity: E::KIND,
            name: entity.name().to_owned(),
        };
        let value = PolicyUse {
            name: entity.name().to_owned(),
            path: entity.path().to_owned(),
            unique_id: entity.unique_id().clone(),
        };
        Derived::new(&key, &value)
    };
    attached.chain(boundary).map(entry).collect()
}
