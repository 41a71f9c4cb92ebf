//! Brings a stack to what its target says: resources are made, changed and replaced.

use std::collections::BTreeMap;

use directory::{
    Incarnation, OnFailure, Replacement, ResourceStatus, StackOperationKind, StackPhase,
    StackResource, StackSource, StackStatus,
};
use templates::{Evaluated, EvaluatedResource, Template};
use types::SignedDuration;

use super::{
    Stopped, names,
    work::{Resource, StepResult, Work, set_phase},
};
use crate::{
    error::StackError,
    finding::source,
    plan::{compare, removal_policy, replacement},
    resource::{Failure, Properties, ResourceType, Step},
    source::{evaluated, final_properties, outputs},
    state::State,
};

/// What the stack is to be made of.
pub(super) struct Target {
    pub(super) evaluated: Evaluated,
    tags: BTreeMap<String, String>,
}

impl Work<'_> {
    pub(super) async fn forward(&mut self) -> Result<(), Stopped> {
        if !self.operation.failed.is_empty() {
            return self.fail_resources().await;
        }
        let target = match self.target().await {
            Ok(target) => target,
            // It was read and evaluated when it was taken: this release reads it otherwise.
            Err(StackError::Template(problem)) => return self.fail(problem).await,
            Err(error) => return Err(error.into()),
        };
        for (order, resource) in target.evaluated.resources.iter().enumerate() {
            if self.is_late() {
                return self
                    .fail("Stack creation time exceeded the specified timeout".to_owned())
                    .await;
            }
            let order = u64::try_from(order).unwrap_or(u64::MAX);
            if let Err(failure) = self.bring(resource, order, &target.tags).await? {
                let id = &resource.id.text;
                let status = match self.resources.get(id).map(|own| own.found.record.status) {
                    Some(ResourceStatus::CreateInProgress) | None => ResourceStatus::CreateFailed,
                    Some(_) => ResourceStatus::UpdateFailed,
                };
                if !self.resources.contains_key(id) {
                    self.note_unmade(resource, order).await?;
                }
                self.failed(id, status, failure.to_string()).await?;
                return self.fail_resources().await;
            }
        }
        let told = match outputs(&target.evaluated, &*self) {
            Ok(told) => told,
            Err(problem) => return self.fail(problem.to_string()).await,
        };
        let sealed = self.vault().seal_outputs(&self.key, &told)?;
        let exports: BTreeMap<_, _> = told
            .iter()
            .filter_map(|output| Some((output.export.clone()?, output.name.clone())))
            .collect();
        let (status, phase) = match self.operation.kind {
            StackOperationKind::Create => (StackStatus::CreateComplete, None),
            _ => (StackStatus::UpdateCompleteCleanupInProgress, Some(StackPhase::Cleanup)),
        };
        let target = self.operation.target;
        let done = self.set_stack(status, None, |stack| {
            stack.source = target;
            stack.outputs = Some(sealed);
            stack.exports = exports;
            match phase {
                Some(phase) => set_phase(stack, phase),
                None => stack.operation = None,
            }
        });
        match done.await {
            Err(Stopped::Records(StackError::Directory(directory::Error::Conflict))) => {
                self.fail_export(
                    &told.iter().filter_map(|own| own.export.clone()).collect::<Vec<_>>(),
                )
                .await
            }
            done => done,
        }
    }

    /// The commit did not go through: either an export's name is taken, or the stack was changed by
    /// another runner of this job.
    async fn fail_export(&mut self, names: &[String]) -> Result<(), Stopped> {
        for name in names {
            let key =
                directory::StackExportKey { owner: self.key.owner.clone(), name: name.clone() };
            let found = self.engine.directory.get::<directory::StackExport>(&key).await?;
            if found.is_some_and(|found| found.record.stack != self.key.id) {
                let reason =
                    format!("Export with name {name} is already exported by another stack");
                return self.fail(reason).await;
            }
        }
        Err(StackError::Directory(directory::Error::Conflict).into())
    }

    pub(super) async fn target(&self) -> Result<Target, StackError> {
        let number = self.operation.target.ok_or(StackError::Damaged("its target is missing"))?;
        let (key, source) = source(&self.engine.directory, &self.key, number).await?;
        let parameters = self.vault().parameters(&key, &source)?;
        let StackSource { template: text, tags, .. } = source;
        let template = Template::parse(&text)
            .map_err(|problems| StackError::Template(problems.with_lines(&text)))?;
        let evaluated = evaluated(&template, &text, &self.place, &parameters)?;
        Ok(Target { evaluated, tags })
    }

    fn is_late(&self) -> bool {
        let Some(minutes) = self.stack.record.timeout_minutes else { return false };
        let limit = SignedDuration::from_mins(i64::from(minutes));
        self.operation.kind == StackOperationKind::Create
            && self.engine.clock.now().duration_since(self.operation.begun) > limit
    }

    /// Brings one resource to what the target says.
    async fn bring(
        &mut self,
        target: &EvaluatedResource,
        order: u64,
        tags: &BTreeMap<String, String>,
    ) -> StepResult<()> {
        let id = target.id.text.as_str();
        let kind = match Self::kind(&target.kind.text) {
            Ok(kind) => kind,
            Err(failure) => return Ok(Err(failure)),
        };
        let properties = match final_properties(kind, target, &*self, tags) {
            Ok(properties) => properties,
            Err(reason) => return Ok(Err(Failure::new(reason))),
        };
        let number = self.operation.number;
        let Some(resource) = self.resources.get(id) else {
            return self.make_new(kind, target, order, properties).await;
        };
        let record = &resource.found.record;
        match record.status {
            ResourceStatus::CreateInProgress => return self.make(kind, id).await,
            ResourceStatus::UpdateInProgress if record.current.made_in == number => {
                return self.make(kind, id).await;
            }
            ResourceStatus::UpdateInProgress => return self.change(kind, id).await,
            _ => {}
        }
        let same_kind = record.current.kind == target.kind.text;
        let changes = compare(kind, &resource.state.properties, &properties);
        if same_kind && changes.is_empty() {
            return self.keep(target, order).await.map(Ok);
        }
        if same_kind && replacement(&changes) == Replacement::False {
            if let Some(reason) = kind.refuses(&resource.state.properties, &properties) {
                return Ok(Err(Failure::new(reason)));
            }
            self.begin_change(target, order, properties).await?;
            return self.change(kind, id).await;
        }
        if let Some(name) = keeps_its_name(kind, &resource.state.properties, &properties)
            && same_kind
        {
            let reason = format!(
                "CloudFormation cannot update a stack when a custom-named resource requires \
                 replacing. Rename {name} and update the stack again."
            );
            return Ok(Err(Failure::new(reason)));
        }
        self.begin_replacement(kind, target, order, properties).await?;
        self.make(kind, id).await
    }

    /// A resource that stays as it is: only what the template says about it is brought up to date.
    async fn keep(&mut self, target: &EvaluatedResource, order: u64) -> Result<(), Stopped> {
        let Some(Resource { found, state }) = self.resources.get(&target.id.text) else {
            return Ok(());
        };
        let mut record = found.record.clone();
        describe(&mut record, target, order);
        let unchanged = record.order == found.record.order
            && record.dependencies == found.record.dependencies
            && record.deletion_policy == found.record.deletion_policy
            && record.replace_policy == found.record.replace_policy;
        if unchanged {
            return Ok(());
        }
        let state = state.clone();
        self.set_resource(record, state, false).await
    }

    /// Records that a resource is to be made, before anything is called, and makes it.
    async fn make_new(
        &mut self,
        kind: &dyn ResourceType,
        target: &EvaluatedResource,
        order: u64,
        properties: Properties,
    ) -> StepResult<()> {
        let id = target.id.text.as_str();
        let state = State { properties, ..State::default() };
        let current = self.incarnation(kind, id, &state)?;
        let record = self.record(target, order, current, ResourceStatus::CreateInProgress);
        self.set_resource(record, state, true).await?;
        self.make_first(kind, id).await
    }

    fn incarnation(
        &self,
        kind: &dyn ResourceType,
        id: &str,
        state: &State,
    ) -> Result<Incarnation, Stopped> {
        let naming = kind.naming();
        let given = naming.property.and_then(|name| state.properties.get(name)?.as_str());
        let name = given.map_or_else(
            || names::chosen(&self.place.name, id, naming, &*self.engine.entropy),
            str::to_owned,
        );
        Ok(Incarnation {
            kind: kind.name().to_owned(),
            name,
            made_in: self.operation.number,
            begun: self.engine.clock.now(),
            physical_id: None,
            state: self.vault().seal_state(&self.resource_key(id), state)?,
        })
    }

    fn record(
        &self,
        target: &EvaluatedResource,
        order: u64,
        current: Incarnation,
        status: ResourceStatus,
    ) -> StackResource {
        let mut record = StackResource {
            logical_id: target.id.text.clone(),
            kind: target.kind.text.clone(),
            order,
            dependencies: target.dependencies.clone(),
            status,
            status_reason: None,
            updated: self.engine.clock.now(),
            current,
            other: None,
            deletion_policy: removal_policy(target.deletion_policy),
            replace_policy: removal_policy(target.update_replace_policy),
        };
        describe(&mut record, target, order);
        record
    }

    /// A resource of which nothing could even be begun is in the stack all the same, as one that failed.
    async fn note_unmade(&mut self, target: &EvaluatedResource, order: u64) -> Result<(), Stopped> {
        let state = State::default();
        let id = target.id.text.as_str();
        let current = Incarnation {
            kind: target.kind.text.clone(),
            name: String::new(),
            made_in: self.operation.number,
            begun: self.engine.clock.now(),
            physical_id: None,
            state: self.vault().seal_state(&self.resource_key(id), &state)?,
        };
        let record = self.record(target, order, current, ResourceStatus::CreateInProgress);
        self.set_resource(record, state, true).await
    }

    /// Records that another one is to be made in the place of a resource, before anything is called.
    async fn begin_replacement(
        &mut self,
        kind: &dyn ResourceType,
        target: &EvaluatedResource,
        order: u64,
        properties: Properties,
    ) -> Result<(), Stopped> {
        let id = target.id.text.as_str();
        let state = State { properties, ..State::default() };
        let current = self.incarnation(kind, id, &state)?;
        let Some(Resource { found, .. }) = self.resources.get(id) else { return Ok(()) };
        let mut record = self.record(target, order, current, ResourceStatus::UpdateInProgress);
        // The old one stays or goes as it was said of it.
        record.replace_policy = found.record.replace_policy;
        record.other = Some(found.record.current.clone());
        record.status_reason = Some(
            "Requested update requires the creation of a new physical resource; hence creating \
             one."
                .to_owned(),
        );
        self.set_resource(record, state, true).await
    }

    /// Records that a resource is to be changed, before anything is called.
    async fn begin_change(
        &mut self,
        target: &EvaluatedResource,
        order: u64,
        properties: Properties,
    ) -> Result<(), Stopped> {
        let id = target.id.text.as_str();
        let Some(Resource { found, state }) = self.resources.get(id) else { return Ok(()) };
        let mut record = found.record.clone();
        let state = State { properties, attributes: state.attributes.clone() };
        record.other = Some(record.current.clone());
        record.current.state = self.vault().seal_state(&self.resource_key(id), &state)?;
        let kind = Self::kind(&record.current.kind).map_err(Stopped::Later)?;
        if let Some(name) =
            kind.naming().property.and_then(|name| state.properties.get(name)?.as_str())
        {
            name.clone_into(&mut record.current.name);
        }
        record.status = ResourceStatus::UpdateInProgress;
        record.status_reason = None;
        record.updated = self.engine.clock.now();
        describe(&mut record, target, order);
        self.set_resource(record, state, true).await
    }

    /// Makes what was recorded as being made, and may have been made before a crash.
    async fn make(&mut self, kind: &dyn ResourceType, id: &str) -> StepResult<()> {
        let Some(Resource { found, state }) = self.resources.get(id) else { return Ok(Ok(())) };
        if found.record.current.physical_id.is_some() {
            return self.finish(kind, id).await;
        }
        let (record, mut state) = (found.record.clone(), state.clone());
        let result = kind.find(&self.step(id, &record.current, &state)).await;
        match self.outcome(result)? {
            Ok(Some(made)) => {
                state.attributes.extend(made.attributes);
                self.made(record, state, made.physical_id).await?;
                self.finish(kind, id).await
            }
            Ok(None) => self.make_first(kind, id).await,
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// Makes what was certainly not made before.
    async fn make_first(&mut self, kind: &dyn ResourceType, id: &str) -> StepResult<()> {
        let Some(Resource { found, state }) = self.resources.get(id) else { return Ok(Ok(())) };
        let (record, mut state) = (found.record.clone(), state.clone());
        let result = kind.create(&self.step(id, &record.current, &state)).await;
        let made = match self.outcome(result)? {
            Ok(made) => made,
            Err(failure) => return Ok(Err(failure)),
        };
        state.attributes.extend(made.attributes);
        self.made(record, state, made.physical_id).await?;
        self.finish(kind, id).await
    }

    /// Records what a resource is known by, before anything else is done to it.
    async fn made(
        &mut self,
        mut record: StackResource,
        state: State,
        physical_id: String,
    ) -> Result<(), Stopped> {
        record.current.physical_id = Some(physical_id);
        let key = self.resource_key(&record.logical_id);
        record.current.state = self.vault().seal_state(&key, &state)?;
        record.updated = self.engine.clock.now();
        record.status_reason = Some("Resource creation Initiated".to_owned());
        self.set_resource(record, state, true).await
    }

    /// Does what remains after a resource was made.
    async fn finish(&mut self, kind: &dyn ResourceType, id: &str) -> StepResult<()> {
        let Some(Resource { found, state }) = self.resources.get(id) else { return Ok(Ok(())) };
        let (record, state) = (found.record.clone(), state.clone());
        let Some(physical_id) = record.current.physical_id.clone() else { return Ok(Ok(())) };
        let step = self.step(id, &record.current, &state);
        let finished = finish_and_read(kind, &step, &physical_id).await;
        let attributes = match self.outcome(finished)? {
            Ok(attributes) => attributes,
            Err(failure) => return Ok(Err(failure)),
        };
        self.complete(record, state, attributes).await.map(Ok)
    }

    /// Changes a resource whose change was recorded, and may have been made before a crash.
    async fn change(&mut self, kind: &dyn ResourceType, id: &str) -> StepResult<()> {
        let Some(Resource { found, state }) = self.resources.get(id) else { return Ok(Ok(())) };
        let (record, state) = (found.record.clone(), state.clone());
        let (Some(physical_id), Some(before)) =
            (record.current.physical_id.clone(), record.other.as_ref())
        else {
            return Err(StackError::Damaged("a change without what was before").into());
        };
        let before = self.vault().state(&self.resource_key(id), before)?;
        let step = self.step(id, &record.current, &state);
        let changed = async {
            kind.update(&step, &physical_id, &before.properties).await?;
            kind.read(&step, &physical_id).await
        };
        let changed = changed.await;
        let attributes = match self.outcome(changed)? {
            Ok(attributes) => attributes,
            Err(failure) => return Ok(Err(failure)),
        };
        self.complete(record, state, attributes).await.map(Ok)
    }

    /// Records that a resource is what it is to be.
    pub(super) async fn complete(
        &mut self,
        mut record: StackResource,
        mut state: State,
        attributes: Properties,
    ) -> Result<(), Stopped> {
        state.attributes.extend(attributes);
        let key = self.resource_key(&record.logical_id);
        record.current.state = self.vault().seal_state(&key, &state)?;
        record.status = match record.status {
            ResourceStatus::CreateInProgress => ResourceStatus::CreateComplete,
            _ => ResourceStatus::UpdateComplete,
        };
        record.status_reason = None;
        record.updated = self.engine.clock.now();
        self.set_resource(record, state, true).await
    }

    /// Goes back, because resources failed.
    async fn fail_resources(&mut self) -> Result<(), Stopped> {
        let list = Self::list(&self.operation.failed);
        let verb = match self.operation.kind {
            StackOperationKind::Create => "create",
            _ => "update",
        };
        self.fail(format!("The following resource(s) failed to {verb}: [{list}].")).await
    }

    /// Goes back, or stays as it is, if that is wanted.
    pub(super) async fn fail(&mut self, reason: String) -> Result<(), Stopped> {
        let rolled_back = format!("{} Rollback requested by user.", reason.trim_end());
        match (self.operation.kind, self.operation.on_failure) {
            (StackOperationKind::Create, OnFailure::DoNothing) => {
                self.set_stack(StackStatus::CreateFailed, Some(reason), |stack| {
                    stack.source = stack.operation.as_ref().and_then(|operation| operation.target);
                    stack.operation = None;
                })
                .await
            }
            (StackOperationKind::Create, _) => {
                self.set_stack(StackStatus::RollbackInProgress, Some(rolled_back), |stack| {
                    stack.source = stack.operation.as_ref().and_then(|operation| operation.target);
                    set_phase(stack, StackPhase::RollbackCleanup);
                })
                .await
            }
            _ => {
                let status = StackStatus::UpdateRollbackInProgress;
                self.set_stack(status, Some(reason), |stack| set_phase(stack, StackPhase::Rollback))
                    .await
            }
        }
    }
}

async fn finish_and_read(
    kind: &dyn ResourceType,
    step: &Step<'_>,
    physical_id: &str,
) -> Result<Properties, Failure> {
    kind.finish(step, physical_id).await?;
    kind.read(step, physical_id).await
}

/// What the template says about a resource, beside its properties.
fn describe(record: &mut StackResource, target: &EvaluatedResource, order: u64) {
    record.order = order;
    record.dependencies.clone_from(&target.dependencies);
    record.deletion_policy = removal_policy(target.deletion_policy);
    record.replace_policy = removal_policy(target.update_replace_policy);
}

/// The name that a resource keeps though it is replaced, where two of that name cannot be.
fn keeps_its_name<'a>(
    kind: &dyn ResourceType,
    before: &Properties,
    after: &'a Properties,
) -> Option<&'a str> {
    let name = kind.naming().property?;
    let identifies = kind.properties().iter().any(|own| own.name == name && own.replaces);
    // In another user pool the name is another one's.
    let same_place = before.get("UserPoolId") == after.get("UserPoolId");
    let kept = after.get(name).filter(|own| before.get(name) == Some(*own))?;
    (identifies && same_place).then(|| kept.as_str())?
}
