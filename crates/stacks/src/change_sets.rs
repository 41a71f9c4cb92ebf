//! Change sets: what would happen is computed and written down, and done later or never.

use std::collections::{BTreeMap, BTreeSet};

use directory::{
    Change, ChangeSet, ChangeSetExecution, ChangeSetKey, OnFailure, ResourceChange, Stack,
    StackEvent, StackEventKey, StackKey, StackOperation, StackOperationKind, StackPhase, StackRole,
    StackStatus,
};
use types::{Timestamp, Uuid};

use crate::{
    Stacks,
    engine::STACK_TYPE,
    error::StackError,
    finding::FoundStack,
    plan::{Existing, Planned, plan},
    requested::Checked,
    source::outputs,
};

/// Why a change set without changes cannot be executed. `aws cloudformation deploy` looks for these words.
pub(crate) const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit \
                                     different information to create a change set.";

/// What would change, and whether anything would.
pub(crate) struct Planning {
    pub(crate) changes: Vec<ResourceChange>,
    /// Whether anything at all would be different afterwards.
    pub(crate) any: bool,
}

impl Stacks {
    /// Compares a source with what there is.
    pub(crate) async fn planned(
        &self,
        key: &StackKey,
        stack: &Stack,
        checked: &Checked,
    ) -> Result<Planning, StackError> {
        let existing: BTreeMap<String, Existing> = self.existing_resources(key).await?;
        let changes = plan(&checked.evaluated, &checked.tags, &existing);
        let Some(number) = stack.source else { return Ok(Planning { changes, any: true }) };
        if !changes.is_empty() {
            return Ok(Planning { changes, any: true });
        }
        let (_, source) = self.source(key, number).await?;
        let known = Planned::after(&existing, &changes);
        let told = outputs(&checked.evaluated, &known).unwrap_or_default();
        let same = told == self.vault().outputs(key, stack)? && source.tags == checked.tags;
        Ok(Planning { changes, any: !same })
    }

    /// The operation that makes a stack of a source.
    pub(crate) fn operation(
        &self,
        stack: &mut Stack,
        kind: StackOperationKind,
        target: Option<u64>,
        token: Option<String>,
    ) -> StackOperation {
        StackOperation {
            number: stack.number(),
            kind,
            phase: StackPhase::Forward,
            target,
            on_failure: OnFailure::default(),
            retained: BTreeSet::new(),
            token,
            failed: BTreeSet::new(),
            begun: self.clock.now(),
        }
    }

    /// A stack of which nothing is there yet but its name.
    pub(crate) fn new_stack(&self, name: String) -> Stack {
        Stack {
            name,
            id: Uuid::random(&*self.entropy),
            status: StackStatus::ReviewInProgress,
            status_reason: None,
            created: self.clock.now(),
            updated: None,
            deleted: None,
            source: None,
            outputs: None,
            exports: BTreeMap::new(),
            role: None,
            operation: None,
            next: 1,
            disable_rollback: false,
            termination_protection: false,
            timeout_minutes: None,
        }
    }

    /// Marks the stack's other change sets as obsolete: it is about to change.
    pub(crate) async fn make_obsolete(
        &self,
        change: &mut Change,
        key: &StackKey,
        executed: Option<&str>,
    ) -> Result<(), StackError> {
        for found in self.directory.all::<ChangeSet>(&key.within()).await? {
            let mut record = found.record.clone();
            let is_it = executed == Some(record.name.as_str());
            record.execution = match (is_it, record.execution) {
                (true, _) => ChangeSetExecution::ExecuteComplete,
                (false, ChangeSetExecution::Available) => ChangeSetExecution::Obsolete,
                (false, _) => continue,
            };
            let own = ChangeSetKey { stack: key.clone(), name: record.name.clone() };
            change.replace(&own, &found, &record);
        }
        Ok(())
    }
}

/// What a change set is of, beside what is computed.
pub(crate) struct ChangeSetOf {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) kind: StackOperationKind,
    pub(crate) role: Option<StackRole>,
    pub(crate) on_failure: OnFailure,
    pub(crate) token: Option<String>,
    pub(crate) source: u64,
}

/// The record of a change set.
pub(crate) fn record(
    of: ChangeSetOf,
    stack: &Stack,
    planning: Planning,
    id: Uuid,
    created: Timestamp,
) -> ChangeSet {
    ChangeSet {
        name: of.name,
        id,
        description: of.description,
        kind: of.kind,
        failure: (!planning.any).then(|| NO_CHANGES.to_owned()),
        execution: if planning.any {
            ChangeSetExecution::Available
        } else {
            ChangeSetExecution::Unavailable
        },
        created,
        base: stack.source,
        source: of.source,
        changes: planning.changes,
        role: of.role,
        on_failure: of.on_failure,
        token: of.token,
    }
}

impl Stacks {
    /// Commits the begin of an operation on a stack that is there.
    pub(crate) async fn begin(
        &self,
        mut change: Change,
        before: FoundStack,
        mut stack: Stack,
        operation: StackOperation,
    ) -> Result<(), StackError> {
        stack.status = match operation.kind {
            StackOperationKind::Create => StackStatus::CreateInProgress,
            StackOperationKind::Update => StackStatus::UpdateInProgress,
            StackOperationKind::Delete => StackStatus::DeleteInProgress,
        };
        if operation.kind != StackOperationKind::Create {
            stack.updated = Some(operation.begun);
        }
        self.note_begun(&mut change, &before.key, &mut stack, operation);
        change.replace(&before.key, &before.found, &stack);
        self.commit_work(change).await
    }

    /// Notes the begin of an operation, and tells of it.
    pub(crate) fn note_begun(
        &self,
        change: &mut Change,
        key: &StackKey,
        stack: &mut Stack,
        operation: StackOperation,
    ) {
        let reason = Some("User Initiated".to_owned());
        let event = StackEvent {
            id: Uuid::random(&*self.entropy),
            time: operation.begun,
            logical_id: stack.name.clone(),
            physical_id: Some(stack.arn(&key.owner).to_string()),
            kind: STACK_TYPE.to_owned(),
            status: stack.status.as_str().to_owned(),
            reason: reason.clone(),
            token: operation.token.clone(),
        };
        let number = stack.number();
        change.create(&StackEventKey { stack: key.clone(), number }, &event);
        stack.status_reason = reason;
        stack.operation = Some(operation);
    }

    /// Deletes a stack's change sets: it goes.
    pub(crate) async fn delete_change_sets(
        &self,
        change: &mut Change,
        key: &StackKey,
    ) -> Result<(), StackError> {
        for found in self.directory.all::<ChangeSet>(&key.within()).await? {
            let own = ChangeSetKey { stack: key.clone(), name: found.record.name.clone() };
            change.delete(&own, &found);
        }
        Ok(())
    }
}
