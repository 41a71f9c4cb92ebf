use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use session::Sealed;
use store::{Key, Space};
use types::{Timestamp, Uuid};

use crate::{Record, StackKey};

/// A resource of a stack, under its logical id.
///
/// What a step does is written here before it is done, and again when it is done, so that whoever goes
/// on after a crash knows what may have happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackResource {
    /// The name that the template gives it.
    pub logical_id: String,
    /// Its type, such as `AWS::S3::Bucket`.
    pub kind: String,
    /// Where it stands among the resources of the stack: each behind those it depends on.
    pub order: u64,
    /// The logical ids of those it depends on.
    pub dependencies: BTreeSet<String>,
    /// Where it stands.
    pub status: ResourceStatus,
    /// Why, where there is more to say.
    pub status_reason: Option<String>,
    /// When its status last changed.
    pub updated: Timestamp,
    /// What there is of it now, or is being made.
    pub current: Incarnation,
    /// What the running operation leaves behind: it comes back if the operation fails, and goes if it
    /// succeeds; or what was made by one that failed, and goes.
    pub other: Option<Incarnation>,
    /// What becomes of it when it leaves the stack.
    pub deletion_policy: RemovalPolicy,
    /// What becomes of the old one when it is replaced.
    pub replace_policy: RemovalPolicy,
}

/// A thing that was made for a resource, with what it was made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incarnation {
    /// Its type.
    pub kind: String,
    /// A name that was chosen for it before it was made, for types that need one.
    pub name: String,
    /// The number of the operation that made it.
    pub made_in: u64,
    /// When its making began, before anything was called: what is found then and is older is not it.
    pub begun: Timestamp,
    /// What it is known by. `None` until it has been made.
    pub physical_id: Option<String>,
    /// Its properties and attributes, as JSON. Some may be secrets.
    pub state: Sealed<String>,
}

/// What becomes of a resource that is no longer needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RemovalPolicy {
    /// It is deleted.
    Delete,
    /// It stays.
    Retain,
    /// It stays, unless it was made by the operation that failed.
    RetainExceptOnCreate,
}

/// Where a resource stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ResourceStatus {
    /// It is being made.
    CreateInProgress,
    /// It was made.
    CreateComplete,
    /// It could not be made.
    CreateFailed,
    /// It is being changed or replaced.
    UpdateInProgress,
    /// It was changed or replaced.
    UpdateComplete,
    /// It could not be changed.
    UpdateFailed,
    /// It is being deleted.
    DeleteInProgress,
    /// It is gone.
    DeleteComplete,
    /// It could not be deleted.
    DeleteFailed,
    /// It left the stack and stays.
    DeleteSkipped,
}

impl ResourceStatus {
    /// The status as CloudFormation spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateInProgress => "CREATE_IN_PROGRESS",
            Self::CreateComplete => "CREATE_COMPLETE",
            Self::CreateFailed => "CREATE_FAILED",
            Self::UpdateInProgress => "UPDATE_IN_PROGRESS",
            Self::UpdateComplete => "UPDATE_COMPLETE",
            Self::UpdateFailed => "UPDATE_FAILED",
            Self::DeleteInProgress => "DELETE_IN_PROGRESS",
            Self::DeleteComplete => "DELETE_COMPLETE",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::DeleteSkipped => "DELETE_SKIPPED",
        }
    }
}

/// What a resource is found by.
#[derive(Debug, Clone)]
pub struct StackResourceKey {
    /// The stack.
    pub stack: StackKey,
    /// Its logical id.
    pub logical_id: String,
}

impl Record for StackResource {
    const SPACE: Space = Space::new("stack_resource");
    const VERSION: u8 = 1;
    type Key = StackResourceKey;

    fn encode_key(key: &StackResourceKey) -> Key {
        key.stack.within().text(&key.logical_id)
    }
}

/// Something that happened to a stack or to one of its resources.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackEvent {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub time: Timestamp,
    /// The logical id of the resource, or the stack's name.
    pub logical_id: String,
    /// The physical id of the resource, or the stack's ARN.
    pub physical_id: Option<String>,
    /// The resource's type; `AWS::CloudFormation::Stack` for the stack.
    pub kind: String,
    /// The status that it came to.
    pub status: String,
    /// Why, where there is more to say.
    pub reason: Option<String>,
    /// The token of the request that led to it.
    pub token: Option<String>,
}

/// What an event is found by. The newest comes first.
#[derive(Debug, Clone)]
pub struct StackEventKey {
    /// The stack.
    pub stack: StackKey,
    /// Its number in the stack.
    pub number: u64,
}

impl Record for StackEvent {
    const SPACE: Space = Space::new("stack_event");
    const VERSION: u8 = 1;
    type Key = StackEventKey;

    fn encode_key(key: &StackEventKey) -> Key {
        key.stack.within().u64(u64::MAX - key.number)
    }
}
