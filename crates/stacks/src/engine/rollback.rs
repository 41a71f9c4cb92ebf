//! Brings a stack back to what it was: what was changed becomes as it was, what was replaced comes back.

use std::collections::BTreeSet;

use directory::{
    OnFailure, ResourceStatus, StackOperationKind, StackPhase, StackResource, StackStatus,
};

use super::{
    Stopped,
    work::{Resource, Work, set_phase},
};
use crate::resource::Failure;

impl Work<'_> {
    /// What was changed becomes as it was.
    pub(super) async fn roll_back(&mut self) -> Result<(), Stopped> {
        let mut changed: Vec<_> = self
            .resources
            .values()
            .map(|resource| &resource.found.record)
            .filter(|record| {
                record.other.is_some() || record.status == ResourceStatus::UpdateFailed
            })
            .map(|record| (record.order, record.logical_id.clone()))
            .collect();
        changed.sort();
        let number = self.operation.number;
        let mut failed = BTreeSet::new();
        for (_, id) in changed {
            let Some(Resource { found, .. }) = self.resources.get(&id) else { continue };
            let record = found.record.clone();
            let (replaced, back) = match &record.other {
                // Already brought back: what was made instead is deleted later.
                Some(other) if other.made_in == number => continue,
                Some(other) => (record.current.made_in == number, other.clone()),
                // Nothing was done to it.
                None => {
                    self.settle(record).await?;
                    continue;
                }
            };
            if replaced {
                self.swap(record, back).await?;
            } else if let Err(failure) = self.change_back(record).await? {
                self.failed(&id, ResourceStatus::UpdateFailed, failure.to_string()).await?;
                failed.insert(id);
            }
        }
        if failed.is_empty() {
            let status = StackStatus::UpdateRollbackCompleteCleanupInProgress;
            return self
                .set_stack(status, None, |stack| set_phase(stack, StackPhase::RollbackCleanup))
                .await;
        }
        let list = Self::list(&failed);
        let reason = format!("The following resource(s) failed to update: [{list}]. ");
        let status = StackStatus::UpdateRollbackFailed;
        self.set_stack(status, Some(reason), |stack| stack.operation = None).await
    }

    /// What failed before it was changed is as it was.
    async fn settle(&mut self, record: StackResource) -> Result<(), Stopped> {
        let Some(Resource { state, .. }) = self.resources.get(&record.logical_id) else {
            return Ok(());
        };
        let (state, attributes) = (state.clone(), state.attributes.clone());
        self.complete(record, state, attributes).await
    }

    /// The old one is the resource again; what was made in its place goes later.
    async fn swap(
        &mut self,
        mut record: StackResource,
        back: directory::Incarnation,
    ) -> Result<(), Stopped> {
        let key = self.resource_key(&record.logical_id);
        let state = self.vault().state(&key, &back)?;
        let made = std::mem::replace(&mut record.current, back);
        // Of what could not be made there is nothing to delete.
        record.other = made.physical_id.is_some().then_some(made);
        record.kind.clone_from(&record.current.kind);
        record.status = ResourceStatus::UpdateComplete;
        record.status_reason = None;
        record.updated = self.engine.clock.now();
        self.set_resource(record, state, true).await
    }

    async fn change_back(
        &mut self,
        mut record: StackResource,
    ) -> Result<Result<(), Failure>, Stopped> {
        let id = record.logical_id.clone();
        let key = self.resource_key(&id);
        let Some(back) = record.other.clone() else { return Ok(Ok(())) };
        let (now, then) =
            (self.vault().state(&key, &record.current)?, self.vault().state(&key, &back)?);
        if record.status != ResourceStatus::UpdateInProgress {
            record.status = ResourceStatus::UpdateInProgress;
            record.status_reason = None;
            record.updated = self.engine.clock.now();
            self.set_resource(record.clone(), now.clone(), true).await?;
        }
        let Some(physical_id) = back.physical_id.clone() else { return Ok(Ok(())) };
        let kind = match Self::kind(&back.kind) {
            Ok(kind) => kind,
            Err(failure) => return Ok(Err(failure)),
        };
        let step = self.step(&id, &back, &then);
        let changed = kind.update(&step, &physical_id, &now.properties).await;
        if let Err(failure) = self.outcome(changed)? {
            return Ok(Err(failure));
        }
        record.current = back;
        record.other = None;
        let attributes = then.attributes.clone();
        self.complete(record, then, attributes).await.map(Ok)
    }

    /// What was made is deleted.
    pub(super) async fn clean_up_after_rollback(&mut self) -> Result<(), Stopped> {
        let number = self.operation.number;
        self.remove_others().await?;
        let mut made: Vec<_> = self
            .resources
            .values()
            .map(|resource| &resource.found.record)
            .filter(|record| record.current.made_in == number)
            .map(|record| (record.order, record.logical_id.clone()))
            .collect();
        made.sort();
        made.reverse();
        let failed = self.remove_all(made.into_iter().map(|(_, id)| id).collect()).await?;
        if self.operation.kind == StackOperationKind::Update {
            return self
                .set_stack(StackStatus::UpdateRollbackComplete, None, |stack| {
                    stack.operation = None;
                })
                .await;
        }
        if !failed.is_empty() {
            let list = Self::list(&failed);
            let reason = format!("The following resource(s) failed to delete: [{list}]. ");
            let status = StackStatus::RollbackFailed;
            return self.set_stack(status, Some(reason), |stack| stack.operation = None).await;
        }
        if self.operation.on_failure == OnFailure::Delete {
            return self
                .set_stack(StackStatus::DeleteInProgress, None, |stack| {
                    if let Some(operation) = &mut stack.operation {
                        operation.kind = StackOperationKind::Delete;
                    }
                })
                .await;
        }
        self.set_stack(StackStatus::RollbackComplete, None, |stack| stack.operation = None).await
    }
}
