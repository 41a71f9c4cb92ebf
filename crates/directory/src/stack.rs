use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use session::Sealed;
use store::{Key, Space};
use types::{Arn, Timestamp, Uuid};

use crate::{Derived, Owner, Record};

/// A CloudFormation stack: what was made of a template, and what is being done to it now.
///
/// It is small and written often. The templates lie in [`StackSource`]s, the resources in
/// [`StackResource`](crate::StackResource)s, what happened in [`StackEvent`](crate::StackEvent)s.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// Its name, unique among the stacks of an account and region that are not deleted.
    pub name: String,
    /// What distinguishes it from deleted stacks of the same name.
    pub id: Uuid,
    /// Where it stands.
    pub status: StackStatus,
    /// Why, where there is more to say.
    pub status_reason: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When an update or a deletion last began.
    pub updated: Option<Timestamp>,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
    /// Which source it is made of. `None` until it has been made once.
    pub source: Option<u64>,
    /// What its outputs say, as JSON: an output may well be a secret.
    pub outputs: Option<Sealed<String>>,
    /// The names under which outputs are exported, with the outputs' own names.
    pub exports: BTreeMap<String, String>,
    /// The role that it is worked on as, if one was passed.
    pub role: Option<StackRole>,
    /// What is being done to it.
    pub operation: Option<StackOperation>,
    /// What the next source, operation or event of the stack is numbered.
    pub next: u64,
    /// Whether a failure leaves everything as it is.
    pub disable_rollback: bool,
    /// Whether it cannot be deleted.
    pub termination_protection: bool,
    /// How long its making may take, in minutes.
    pub timeout_minutes: Option<u32>,
}

/// A role that was passed to CloudFormation, for all later work on the stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackRole {
    /// The role.
    pub arn: Arn,
    /// The permission to act as it, which the gate gave and alone can use.
    pub delegation: Sealed<Vec<u8>>,
}

/// One creation, update or deletion of a stack, while it goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackOperation {
    /// Its number.
    pub number: u64,
    /// What is done.
    pub kind: StackOperationKind,
    /// How far it has come.
    pub phase: StackPhase,
    /// The source that the stack is to be made of.
    pub target: Option<u64>,
    /// What happens if a creation fails.
    pub on_failure: OnFailure,
    /// Resources that a deletion leaves alone.
    pub retained: BTreeSet<String>,
    /// The client's token, which its events carry.
    pub token: Option<String>,
    /// The logical ids of the resources that failed.
    pub failed: BTreeSet<String>,
    /// When it began.
    pub begun: Timestamp,
}

/// What is done to a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StackOperationKind {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is deleted.
    Delete,
}

/// How far an operation on a stack has come. Whoever takes it up again goes on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StackPhase {
    /// Resources are made and changed, or, by a deletion, deleted.
    Forward,
    /// It succeeded: what is no longer needed is deleted.
    Cleanup,
    /// It failed: what was changed becomes as it was.
    Rollback,
    /// What was made is deleted.
    RollbackCleanup,
}

/// What happens to a stack whose creation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum OnFailure {
    /// What was made is deleted, the stack stays.
    #[default]
    Rollback,
    /// The stack goes too.
    Delete,
    /// Everything stays as it is.
    DoNothing,
}

/// Where a stack stands.
///
/// Source: CloudFormation User Guide, *View stack information*, *Stack status codes*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StackStatus {
    /// There is a change set that would make it.
    ReviewInProgress,
    /// It is being made.
    CreateInProgress,
    /// It was made.
    CreateComplete,
    /// Its making failed, and everything stayed as it was then.
    CreateFailed,
    /// Its making failed, and what was made is being deleted.
    RollbackInProgress,
    /// That is done. Nothing but a deletion can follow.
    RollbackComplete,
    /// That failed.
    RollbackFailed,
    /// It is being changed.
    UpdateInProgress,
    /// It was changed, and what is no longer needed is being deleted.
    UpdateCompleteCleanupInProgress,
    /// It was changed.
    UpdateComplete,
    /// Its change failed, and what was changed is becoming as it was.
    UpdateRollbackInProgress,
    /// It is as it was, and what was made is being deleted.
    UpdateRollbackCompleteCleanupInProgress,
    /// It is as it was before the change.
    UpdateRollbackComplete,
    /// It could not become as it was.
    UpdateRollbackFailed,
    /// It is being deleted.
    DeleteInProgress,
    /// It was deleted. It can still be described by its id.
    DeleteComplete,
    /// Something of it could not be deleted.
    DeleteFailed,
}

impl StackStatus {
    /// The status as CloudFormation spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReviewInProgress => "REVIEW_IN_PROGRESS",
            Self::CreateInProgress => "CREATE_IN_PROGRESS",
            Self::CreateComplete => "CREATE_COMPLETE",
            Self::CreateFailed => "CREATE_FAILED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackComplete => "ROLLBACK_COMPLETE",
            Self::RollbackFailed => "ROLLBACK_FAILED",
            Self::UpdateInProgress => "UPDATE_IN_PROGRESS",
            Self::UpdateCompleteCleanupInProgress => "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            Self::UpdateComplete => "UPDATE_COMPLETE",
            Self::UpdateRollbackInProgress => "UPDATE_ROLLBACK_IN_PROGRESS",
            Self::UpdateRollbackCompleteCleanupInProgress => {
                "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
            }
            Self::UpdateRollbackComplete => "UPDATE_ROLLBACK_COMPLETE",
            Self::UpdateRollbackFailed => "UPDATE_ROLLBACK_FAILED",
            Self::DeleteInProgress => "DELETE_IN_PROGRESS",
            Self::DeleteComplete => "DELETE_COMPLETE",
            Self::DeleteFailed => "DELETE_FAILED",
        }
    }

    /// Whether the stack can be changed now.
    #[must_use]
    pub fn can_be_updated(self) -> bool {
        matches!(self, Self::CreateComplete | Self::UpdateComplete | Self::UpdateRollbackComplete)
    }
}

impl Stack {
    /// The stack's ARN, which CloudFormation calls its id.
    #[must_use]
    pub fn arn(&self, owner: &Owner) -> Arn {
        let resource = format!("stack/{}/{}", self.name, self.id);
        Arn::new("cloudformation", Some(owner.region()), Some(owner.account()), &resource)
    }

    /// A number that nothing else of this stack has.
    pub fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }
}

/// What a stack is found by.
#[derive(Debug, Clone)]
pub struct StackKey {
    /// The account and region.
    pub owner: Owner,
    /// The stack's id.
    pub id: Uuid,
}

impl StackKey {
    /// The beginning of the keys of all stacks.
    pub fn prefix(owner: &Owner) -> Key {
        owner.regional_key()
    }

    /// The beginning of the keys of all that is part of this stack.
    pub fn within(&self) -> Key {
        self.owner.regional_key().text(&self.id.to_string())
    }
}

impl Record for Stack {
    const SPACE: Space = Space::new("stack");
    const VERSION: u8 = 1;
    type Key = StackKey;

    fn encode_key(key: &StackKey) -> Key {
        key.within()
    }

    fn derived(&self, key: &StackKey) -> Vec<Derived> {
        let mut derived = Vec::new();
        if self.status != StackStatus::DeleteComplete {
            let name = StackNameKey { owner: key.owner.clone(), name: self.name.clone() };
            derived.push(Derived::new(&name, &StackName { id: self.id }));
        }
        derived.extend(self.exports.iter().map(|(name, output)| {
            let export = StackExportKey { owner: key.owner.clone(), name: name.clone() };
            Derived::new(&export, &StackExport { stack: self.id, output: output.clone() })
        }));
        derived
    }
}

/// The stack that has a name now.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackName {
    /// Which one.
    pub id: Uuid,
}

/// What a stack's name is looked up by.
#[derive(Debug, Clone)]
pub struct StackNameKey {
    /// The account and region.
    pub owner: Owner,
    /// The name, in its case.
    pub name: String,
}

impl Record for StackName {
    const SPACE: Space = Space::new("stack_name");
    const VERSION: u8 = 1;
    type Key = StackNameKey;

    fn encode_key(key: &StackNameKey) -> Key {
        key.owner.regional_key().text(&key.name)
    }
}

/// An output under the name that it is exported by, unique in an account and region.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackExport {
    /// The stack that exports it.
    pub stack: Uuid,
    /// The output's own name, under which its value is found.
    pub output: String,
}

/// What an export is found by.
#[derive(Debug, Clone)]
pub struct StackExportKey {
    /// The account and region.
    pub owner: Owner,
    /// The name it is exported by.
    pub name: String,
}

impl Record for StackExport {
    const SPACE: Space = Space::new("stack_export");
    const VERSION: u8 = 1;
    type Key = StackExportKey;

    fn encode_key(key: &StackExportKey) -> Key {
        key.owner.regional_key().text(&key.name)
    }
}

/// What a stack is made of: it does not change once it is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackSource {
    /// The template as it was sent.
    pub template: String,
    /// The parameters that were given, as a JSON object of texts. Some may be secrets.
    pub parameters: Sealed<String>,
    /// Labels of the stack, by key.
    pub tags: BTreeMap<String, String>,
    /// What was acknowledged.
    pub capabilities: BTreeSet<String>,
}

/// What a source is found by.
#[derive(Debug, Clone)]
pub struct StackSourceKey {
    /// The stack.
    pub stack: StackKey,
    /// Its number in the stack.
    pub number: u64,
}

impl Record for StackSource {
    const SPACE: Space = Space::new("stack_source");
    const VERSION: u8 = 1;
    type Key = StackSourceKey;

    fn encode_key(key: &StackSourceKey) -> Key {
        key.stack.within().u64(key.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_stored_as_it_is_spelt() {
        for status in [
            StackStatus::ReviewInProgress,
            StackStatus::UpdateCompleteCleanupInProgress,
            StackStatus::UpdateRollbackCompleteCleanupInProgress,
            StackStatus::DeleteFailed,
        ] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
