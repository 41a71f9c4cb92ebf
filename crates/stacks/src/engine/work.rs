//! The work on one stack: what is known of it, and how what happens is recorded.

use std::collections::{BTreeMap, BTreeSet};

use directory::{
    Change, Found, Incarnation, ResourceStatus, Stack, StackEvent, StackEventKey, StackKey,
    StackOperation, StackOperationKind, StackPhase, StackResource, StackResourceKey, StackStatus,
};
use serde_json::Value as Json;
use types::Uuid;

use super::{By, Engine, Stopped};
use crate::{
    error::StackError,
    finding::place,
    resource::{Failure, ResourceType, StackPlace, Step, by_name},
    source::Known,
    state::{State, Vault},
};

/// The type that events of the stack itself have.
pub(crate) const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

/// What can be done without, while nothing may stay of it: a step's own outcome.
pub(super) type StepResult<T> = Result<Result<T, Failure>, Stopped>;

pub(super) struct Work<'a> {
    pub(super) engine: &'a Engine,
    pub(super) by: By<'a>,
    pub(super) key: StackKey,
    pub(super) stack: Found<Stack>,
    pub(super) operation: StackOperation,
    pub(super) place: StackPlace,
    pub(super) resources: BTreeMap<String, Resource>,
    last_attempt: bool,
}

/// A resource as it is recorded, opened.
pub(super) struct Resource {
    pub(super) found: Found<StackResource>,
    pub(super) state: State,
}

impl<'a> Work<'a> {
    pub(super) async fn begin(
        engine: &'a Engine,
        by: By<'a>,
        key: StackKey,
        stack: Found<Stack>,
        last_attempt: bool,
    ) -> Result<Self, Stopped> {
        let operation = stack.record.operation.clone();
        let operation = operation.ok_or(StackError::Damaged("its operation is missing"))?;
        let place = place(&key, &stack.record);
        let resources = BTreeMap::new();
        let mut work = Self { engine, by, key, stack, operation, place, resources, last_attempt };
        let all = engine.directory.all::<StackResource>(&work.key.within()).await?;
        for found in all {
            let key = work.resource_key(&found.record.logical_id);
            let state = work.vault().state(&key, &found.record.current)?;
            work.resources.insert(found.record.logical_id.clone(), Resource { found, state });
        }
        Ok(work)
    }

    /// Goes on from the phase that was reached.
    pub(super) async fn run(mut self) -> Result<(), Stopped> {
        loop {
            let before = (self.operation.kind, self.operation.phase);
            match before {
                (StackOperationKind::Delete, _) => self.delete_stack().await?,
                (_, StackPhase::Forward) => self.forward().await?,
                (_, StackPhase::Cleanup) => self.clean_up().await?,
                (_, StackPhase::Rollback) => self.roll_back().await?,
                (_, StackPhase::RollbackCleanup) => self.clean_up_after_rollback().await?,
            }
            let Some(operation) = self.stack.record.operation.clone() else { return Ok(()) };
            if (operation.kind, operation.phase) == before {
                return Err(StackError::Damaged("its operation does not go on").into());
            }
            self.operation = operation;
        }
    }

    pub(super) fn vault(&self) -> Vault<'a> {
        Vault { ring: &self.engine.ring, entropy: &*self.engine.entropy }
    }

    pub(super) fn resource_key(&self, logical_id: &str) -> StackResourceKey {
        StackResourceKey { stack: self.key.clone(), logical_id: logical_id.to_owned() }
    }

    /// What a resource type needs for a step on this incarnation.
    pub(super) fn step<'s>(
        &'s self,
        logical_id: &'s str,
        incarnation: &'s Incarnation,
        state: &'s State,
    ) -> Step<'s> {
        let incarnations = self.resources.values().flat_map(|Resource { found, .. }| {
            [Some(&found.record.current), found.record.other.as_ref()].into_iter().flatten()
        });
        let ids = incarnations.filter_map(|other| other.physical_id.as_deref());
        let own = incarnation.physical_id.as_deref();
        Step {
            delegation: self.by,
            properties: &state.properties,
            name: &incarnation.name,
            begun: incarnation.begun,
            stack: &self.place,
            logical_id,
            taken: ids.filter(|id| Some(*id) != own).collect(),
        }
    }

    /// The outcome of a step, unless it should be taken again later.
    pub(super) fn outcome<T>(&self, result: Result<T, Failure>) -> StepResult<T> {
        match result {
            Err(failure) if failure.is_temporary() && !self.last_attempt => {
                Err(Stopped::Later(failure))
            }
            result => Ok(result),
        }
    }

    /// Records where the stack stands now, and what `edit` changes of it.
    pub(super) async fn set_stack(
        &mut self,
        status: StackStatus,
        reason: Option<String>,
        edit: impl FnOnce(&mut Stack),
    ) -> Result<(), Stopped> {
        let mut stack = self.stack.record.clone();
        stack.status = status;
        stack.status_reason.clone_from(&reason);
        edit(&mut stack);
        let arn = self.place.arn.to_string();
        let event = self.event(&stack.name, Some(arn), STACK_TYPE, status.as_str(), reason);
        let mut change = Change::new();
        self.add_event(&mut change, &mut stack, &event);
        self.commit(change, stack).await
    }

    /// Records a resource, and tells of it if its status is to be told.
    pub(super) async fn set_resource(
        &mut self,
        resource: StackResource,
        state: State,
        tell: bool,
    ) -> Result<(), Stopped> {
        self.set_resource_and(resource, state, tell, |_| {}).await
    }

    /// The same, with what `edit` changes of the stack.
    async fn set_resource_and(
        &mut self,
        resource: StackResource,
        state: State,
        tell: bool,
        edit: impl FnOnce(&mut Stack),
    ) -> Result<(), Stopped> {
        let key = self.resource_key(&resource.logical_id);
        let mut change = Change::new();
        match self.resources.get(&resource.logical_id) {
            Some(before) => change.replace(&key, &before.found, &resource),
            None => change.create(&key, &resource),
        }
        let mut stack = self.stack.record.clone();
        edit(&mut stack);
        if tell {
            let event = self.event(
                &resource.logical_id,
                resource.current.physical_id.clone(),
                &resource.kind,
                resource.status.as_str(),
                resource.status_reason.clone(),
            );
            self.add_event(&mut change, &mut stack, &event);
        }
        self.commit(change, stack).await?;
        let found = self.engine.directory.get::<StackResource>(&key).await?;
        let found = found.ok_or(StackError::Damaged("a resource is missing"))?;
        self.resources.insert(resource.logical_id, Resource { found, state });
        Ok(())
    }

    /// Takes a resource out of the stack.
    pub(super) async fn drop_resource(
        &mut self,
        logical_id: &str,
        status: ResourceStatus,
    ) -> Result<(), Stopped> {
        let key = self.resource_key(logical_id);
        let mut change = Change::new();
        let Some(resource) = self.resources.get(logical_id) else { return Ok(()) };
        change.delete(&key, &resource.found);
        let record = &resource.found.record;
        let physical_id = record.current.physical_id.clone();
        let event = self.event(logical_id, physical_id, &record.kind, status.as_str(), None);
        let mut stack = self.stack.record.clone();
        self.add_event(&mut change, &mut stack, &event);
        self.commit(change, stack).await?;
        self.resources.remove(logical_id);
        Ok(())
    }

    /// Tells of something that leaves no other trace.
    pub(super) async fn tell(
        &mut self,
        logical_id: &str,
        incarnation: &Incarnation,
        status: ResourceStatus,
        reason: Option<String>,
    ) -> Result<(), Stopped> {
        let physical_id = incarnation.physical_id.clone();
        let event = self.event(logical_id, physical_id, &incarnation.kind, status.as_str(), reason);
        let (mut change, mut stack) = (Change::new(), self.stack.record.clone());
        self.add_event(&mut change, &mut stack, &event);
        self.commit(change, stack).await
    }

    async fn commit(&mut self, mut change: Change, stack: Stack) -> Result<(), Stopped> {
        change.replace(&self.key, &self.stack, &stack);
        self.engine.directory.commit(change).await?;
        let found = self.engine.directory.get::<Stack>(&self.key).await?;
        self.stack = found.ok_or(StackError::Damaged("the stack is missing"))?;
        if let Some(operation) = &self.stack.record.operation {
            self.operation.failed.clone_from(&operation.failed);
        }
        Ok(())
    }

    fn event(
        &self,
        logical_id: &str,
        physical_id: Option<String>,
        kind: &str,
        status: &str,
        reason: Option<String>,
    ) -> StackEvent {
        StackEvent {
            id: Uuid::random(&*self.engine.entropy),
            time: self.engine.clock.now(),
            logical_id: logical_id.to_owned(),
            physical_id,
            kind: kind.to_owned(),
            status: status.to_owned(),
            reason,
            token: self.operation.token.clone(),
        }
    }

    fn add_event(&self, change: &mut Change, stack: &mut Stack, event: &StackEvent) {
        let number = stack.number();
        change.create(&StackEventKey { stack: self.key.clone(), number }, event);
    }

    /// Remembers that a resource failed, with the status it came to.
    pub(super) async fn failed(
        &mut self,
        logical_id: &str,
        status: ResourceStatus,
        reason: String,
    ) -> Result<(), Stopped> {
        let Some(resource) = self.resources.get(logical_id) else { return Ok(()) };
        let mut record = resource.found.record.clone();
        let state = resource.state.clone();
        record.status = status;
        record.status_reason = Some(reason);
        record.updated = self.engine.clock.now();
        let id = logical_id.to_owned();
        self.set_resource_and(record, state, true, |stack| {
            if let Some(operation) = &mut stack.operation {
                operation.failed.insert(id);
            }
        })
        .await
    }

    /// The resources that failed, as reasons list them.
    pub(super) fn list(ids: &BTreeSet<String>) -> String {
        ids.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// The type of an incarnation: it was served when it was made.
    pub(super) fn kind(name: &str) -> Result<&'static dyn ResourceType, Failure> {
        by_name(name).ok_or_else(|| {
            Failure::new(format!("The resource type {name} is not served by this release"))
        })
    }
}

impl Known for Work<'_> {
    fn physical_id(&self, logical_id: &str) -> Option<String> {
        self.resources.get(logical_id)?.found.record.current.physical_id.clone()
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Option<Json> {
        self.resources.get(logical_id)?.state.attributes.get(name).cloned()
    }
}

/// Changes the phase of a stack's operation.
pub(super) fn set_phase(stack: &mut Stack, phase: StackPhase) {
    if let Some(operation) = &mut stack.operation {
        operation.phase = phase;
    }
}
