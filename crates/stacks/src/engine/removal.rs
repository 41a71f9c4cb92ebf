//! Deletes what a stack no longer needs, what depends on others first.

use std::collections::BTreeSet;

use directory::{Incarnation, RemovalPolicy, ResourceStatus, StackOperationKind, StackStatus};

use super::{
    Stopped,
    work::{Resource, StepResult, Work},
};

impl Work<'_> {
    /// After a change: what was replaced or is no longer in the template goes.
    pub(super) async fn clean_up(&mut self) -> Result<(), Stopped> {
        let target = self.target().await?;
        let stays: BTreeSet<_> =
            target.evaluated.resources.iter().map(|own| own.id.text.clone()).collect();
        let removed = self.in_order_of_removal(|id| !stays.contains(id));
        // What cannot be deleted leaves the stack all the same, as on AWS: the update is done.
        self.remove_all(removed).await?;
        self.remove_others().await?;
        self.set_stack(StackStatus::UpdateComplete, None, |stack| stack.operation = None).await
    }

    /// Everything goes.
    pub(super) async fn delete_stack(&mut self) -> Result<(), Stopped> {
        let all = self.in_order_of_removal(|_| true);
        let failed = self.remove_all(all).await?;
        let now = self.engine.clock.now();
        if failed.is_empty() {
            return self
                .set_stack(StackStatus::DeleteComplete, None, |stack| {
                    stack.deleted = Some(now);
                    stack.operation = None;
                    stack.exports.clear();
                    stack.outputs = None;
                })
                .await;
        }
        let list = Self::list(&failed);
        let reason = format!("The following resource(s) failed to delete: [{list}]. ");
        let status = StackStatus::DeleteFailed;
        self.set_stack(status, Some(reason), |stack| stack.operation = None).await
    }

    fn in_order_of_removal(&self, which: impl Fn(&str) -> bool) -> Vec<String> {
        let mut all: Vec<_> = self
            .resources
            .values()
            .map(|resource| &resource.found.record)
            .filter(|record| which(&record.logical_id))
            .map(|record| (record.order, record.logical_id.clone()))
            .collect();
        all.sort();
        all.into_iter().rev().map(|(_, id)| id).collect()
    }

    /// Removes these resources from the stack. Answers those that could not be deleted; what they depend on
    /// is left alone.
    pub(super) async fn remove_all(
        &mut self,
        ids: Vec<String>,
    ) -> Result<BTreeSet<String>, Stopped> {
        let mut failed = BTreeSet::new();
        for id in ids {
            let needed = failed.iter().any(|other| {
                let other = self.resources.get(other);
                other.is_some_and(|own| own.found.record.dependencies.contains(&id))
            });
            if needed {
                continue;
            }
            if !self.remove(&id).await? {
                failed.insert(id);
            }
        }
        Ok(failed)
    }

    /// Removes one resource from the stack, and answers whether that could be done.
    async fn remove(&mut self, id: &str) -> Result<bool, Stopped> {
        let Some(Resource { found, state }) = self.resources.get(id) else { return Ok(true) };
        let (mut record, state) = (found.record.clone(), state.clone());
        if self.stays(&record.current, record.deletion_policy)
            || self.operation.retained.contains(id)
        {
            self.drop_resource(id, ResourceStatus::DeleteSkipped).await?;
            return Ok(true);
        }
        let begun = record.status == ResourceStatus::DeleteInProgress;
        let unmade = record.current.physical_id.is_none() && record.other.is_none();
        if !begun && !unmade {
            record.status = ResourceStatus::DeleteInProgress;
            record.status_reason = None;
            record.updated = self.engine.clock.now();
            self.set_resource(record.clone(), state.clone(), true).await?;
        }
        let mut result = Ok(());
        if let Some(other) = &record.other {
            result = self.delete(id, other).await?;
        }
        if result.is_ok() {
            result = self.delete(id, &record.current).await?;
        }
        match result {
            Ok(()) => {
                self.drop_resource(id, ResourceStatus::DeleteComplete).await?;
                Ok(true)
            }
            Err(failure) => {
                record.status = ResourceStatus::DeleteFailed;
                record.status_reason = Some(failure.to_string());
                record.updated = self.engine.clock.now();
                self.set_resource(record, state, true).await?;
                Ok(false)
            }
        }
    }

    /// Whether a resource that leaves the stack is kept.
    fn stays(&self, incarnation: &Incarnation, policy: RemovalPolicy) -> bool {
        let undone = self.operation.kind != StackOperationKind::Delete
            && incarnation.made_in == self.operation.number;
        match policy {
            RemovalPolicy::Delete => false,
            RemovalPolicy::Retain => incarnation.physical_id.is_some(),
            RemovalPolicy::RetainExceptOnCreate => !undone && incarnation.physical_id.is_some(),
        }
    }

    /// Deletes what the operation left behind of resources that stay: the old ones after a success, the
    /// new ones after a failure.
    pub(super) async fn remove_others(&mut self) -> Result<(), Stopped> {
        let number = self.operation.number;
        for id in self.in_order_of_removal(|_| true) {
            let Some(Resource { found, state }) = self.resources.get(&id) else { continue };
            let (mut record, state) = (found.record.clone(), state.clone());
            let Some(other) = record.other.take() else { continue };
            // Of a change in place nothing is left behind but what it was.
            let replaced = other.made_in != record.current.made_in;
            let kept = record.replace_policy != RemovalPolicy::Delete && other.made_in != number;
            if replaced && kept {
                self.tell(&id, &other, ResourceStatus::DeleteSkipped, None).await?;
            } else if replaced {
                self.tell(&id, &other, ResourceStatus::DeleteInProgress, None).await?;
                let (status, reason) = match self.delete(&id, &other).await? {
                    Ok(()) => (ResourceStatus::DeleteComplete, None),
                    Err(failure) => (ResourceStatus::DeleteFailed, Some(failure.to_string())),
                };
                self.tell(&id, &other, status, reason).await?;
            }
            self.set_resource(record, state, false).await?;
        }
        Ok(())
    }

    /// Deletes one incarnation of a resource, if it was made at all.
    async fn delete(&self, id: &str, incarnation: &Incarnation) -> StepResult<()> {
        let Some(physical_id) = &incarnation.physical_id else { return Ok(Ok(())) };
        let kind = match Self::kind(&incarnation.kind) {
            Ok(kind) => kind,
            Err(failure) => return Ok(Err(failure)),
        };
        let state = self.vault().state(&self.resource_key(id), incarnation)?;
        let deleted = kind.delete(&self.step(id, incarnation, &state), physical_id).await;
        self.outcome(deleted)
    }
}
