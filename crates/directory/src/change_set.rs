use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Arn, Timestamp, Uuid};

use crate::{Derived, OnFailure, Owner, Record, StackKey, StackOperationKind, StackRole};

/// What an update would change, and what it would be made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSet {
    /// Its name, unique in its stack.
    pub name: String,
    /// What distinguishes it from others of that name.
    pub id: Uuid,
    /// What was said about it.
    pub description: Option<String>,
    /// Whether it makes the stack or changes it.
    pub kind: StackOperationKind,
    /// Why it cannot be executed, if it failed.
    pub failure: Option<String>,
    /// Whether it is still to be executed.
    pub execution: ChangeSetExecution,
    /// When it was made.
    pub created: Timestamp,
    /// The stack's source before, which it was compared with.
    pub base: Option<u64>,
    /// The source that the stack would be made of.
    pub source: u64,
    /// What would happen, in the order in which it would.
    pub changes: Vec<ResourceChange>,
    /// The role that was passed for it.
    pub role: Option<StackRole>,
    /// What happens if the creation fails.
    pub on_failure: OnFailure,
    /// The client's token: a repeated request with the same one is the same request.
    pub token: Option<String>,
}

/// Whether a change set is still to be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChangeSetExecution {
    /// It can be.
    Available,
    /// It cannot be: it failed.
    Unavailable,
    /// The stack has changed since.
    Obsolete,
    /// It is being executed.
    ExecuteInProgress,
    /// It was executed.
    ExecuteComplete,
    /// Its execution failed.
    ExecuteFailed,
}

/// What would happen to a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceChange {
    /// What.
    pub action: ChangeAction,
    /// The resource.
    pub logical_id: String,
    /// What it is known by, if it exists.
    pub physical_id: Option<String>,
    /// Its type.
    pub kind: String,
    /// Whether another one takes its place. Only of a change.
    pub replacement: Option<Replacement>,
    /// Which properties change. Only of a change.
    pub properties: Vec<PropertyChange>,
    /// What becomes of it, if it goes or is replaced and does not simply go.
    pub retained: bool,
}

/// What would happen to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeAction {
    /// It would be made.
    Add,
    /// It would be changed.
    Modify,
    /// It would be removed.
    Remove,
}

/// Whether something is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Replacement {
    /// It stays the same one.
    False,
    /// That depends on a value that is not known yet.
    Conditional,
    /// Another one is made.
    True,
}

/// A property that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropertyChange {
    /// Its name.
    pub name: String,
    /// Whether its change replaces the resource.
    pub replacement: Replacement,
    /// Whether its value is known only when what it refers to has changed.
    pub dynamic: bool,
}

/// What a change set is found by.
#[derive(Debug, Clone)]
pub struct ChangeSetKey {
    /// The stack.
    pub stack: StackKey,
    /// The change set's name.
    pub name: String,
}

impl ChangeSet {
    /// The change set's ARN, which CloudFormation calls its id.
    #[must_use]
    pub fn arn(&self, owner: &Owner) -> Arn {
        let resource = format!("changeSet/{}/{}", self.name, self.id);
        Arn::new("cloudformation", Some(owner.region()), Some(owner.account()), &resource)
    }
}

impl Record for ChangeSet {
    const SPACE: Space = Space::new("change_set");
    const VERSION: u8 = 1;
    type Key = ChangeSetKey;

    fn encode_key(key: &ChangeSetKey) -> Key {
        key.stack.within().text(&key.name)
    }

    fn derived(&self, key: &ChangeSetKey) -> Vec<Derived> {
        let id = ChangeSetIdKey { owner: key.stack.owner.clone(), id: self.id };
        vec![Derived::new(&id, &ChangeSetId { stack: key.stack.id, name: self.name.clone() })]
    }
}

/// The change set that has an id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSetId {
    /// Its stack.
    pub stack: Uuid,
    /// Its name.
    pub name: String,
}

/// What a change set's id is looked up by.
#[derive(Debug, Clone)]
pub struct ChangeSetIdKey {
    /// The account and region.
    pub owner: Owner,
    /// The id.
    pub id: Uuid,
}

impl Record for ChangeSetId {
    const SPACE: Space = Space::new("change_set_id");
    const VERSION: u8 = 1;
    type Key = ChangeSetIdKey;

    fn encode_key(key: &ChangeSetIdKey) -> Key {
        key.owner.regional_key().text(&key.id.to_string())
    }
}
