//! Does what operations wrote down: a durable job for each operation on a stack.
//!
//! The job may be interrupted between any two commits and is taken up again. A step is recorded before
//! it calls anything, with the name it will use and the time; whoever finds such a record without its
//! end looks first for what the call may have made. Which steps are left follows from the records
//! alone: the resources', and the phase in the stack's.

mod forward;
mod names;
mod removal;
mod rollback;
mod work;

use std::{error::Error as _, sync::Arc};

use directory::{Change, Directory, Stack, StackKey, StackOperation};
use futures_util::future::BoxFuture;
use gate::{Delegation, Gate};
use jobs::{Handler, HandlerError, Job, Runner};
use serde::{Deserialize, Serialize};
use session::{KeyRing, Sealed};
use types::{Clock, Entropy, Uuid};

use crate::{SERVICE_PRINCIPAL, error::StackError};
pub(crate) use work::STACK_TYPE;
use work::Work;

/// The kind of job that works on a stack.
const KIND: &str = "stacks:work";

/// After so many attempts a step that fails for want of room or of the directory has failed.
const ATTEMPTS_MAX: u32 = 10;

/// Works on stacks.
pub struct Engine {
    /// Reopens what was delegated.
    pub gate: Gate,
    /// Typed records.
    pub directory: Directory,
    /// What properties and outputs are sealed with.
    pub ring: Arc<KeyRing>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance, for names.
    pub entropy: Arc<dyn Entropy>,
}

/// What the job needs to know. The delegation is sealed: nobody but the gate can use it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    stack: Uuid,
    operation: u64,
    delegation: Sealed<Vec<u8>>,
}

/// What a delegation for a stack is bound to.
pub(crate) fn bound_to(stack: Uuid) -> Vec<u8> {
    stack.to_string().into_bytes()
}

/// Adds the work of an operation to the change that records it.
pub(crate) fn enqueue(
    change: &mut Change,
    stack: Uuid,
    operation: &StackOperation,
    delegation: Sealed<Vec<u8>>,
    entropy: &dyn Entropy,
) -> Result<(), StackError> {
    let payload = Payload { stack, operation: operation.number, delegation };
    let payload = serde_json::to_value(payload).map_err(|_| StackError::Damaged("a job"))?;
    change.enqueue(&Job::new(KIND, SERVICE_PRINCIPAL, operation.begun, payload, entropy));
    Ok(())
}

impl Engine {
    /// Lets the runner of the directory's jobs do the work of stacks.
    #[must_use]
    pub fn register(self, runner: Runner) -> Runner {
        runner.with(KIND, Arc::new(self))
    }

    async fn work(&self, job: &Job) -> Result<(), Stopped> {
        let payload: Payload = serde_json::from_value(job.payload.clone())
            .map_err(|_| StackError::Damaged("a job"))?;
        let of = bound_to(payload.stack);
        let delegation = match self.gate.reopen(&payload.delegation, &of, SERVICE_PRINCIPAL) {
            Ok(delegation) => delegation,
            Err(error) => return Err(Stopped::Reopen(error)),
        };
        let key = StackKey { owner: delegation.owner(), id: payload.stack };
        let Some(found) = self.directory.get::<Stack>(&key).await.map_err(StackError::from)? else {
            return Ok(());
        };
        let going_on = found.record.operation.as_ref().map(|operation| operation.number);
        if going_on != Some(payload.operation) {
            return Ok(());
        }
        Work::begin(self, &delegation, key, found, job.attempt >= ATTEMPTS_MAX).await?.run().await
    }
}

impl Handler for Engine {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<(), HandlerError>> {
        Box::pin(async move {
            match self.work(job).await {
                Ok(()) => Ok(()),
                Err(stopped) => {
                    tracing::debug!(source = ?stopped.source(), "work on a stack stopped");
                    Err(stopped.into())
                }
            }
        })
    }
}

/// Why the work stopped before its end. It is taken up again.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("a record of the stack could not be read or written: {0}")]
    Records(#[from] StackError),
    #[error("the delegation could not be reopened: {0}")]
    Reopen(#[source] gate::ReopenError),
    /// A service was too busy, or the directory did not answer.
    #[error("a step is tried again later: {0}")]
    Later(crate::resource::Failure),
}

impl From<directory::Error> for Stopped {
    fn from(error: directory::Error) -> Self {
        Self::Records(error.into())
    }
}

/// Whose permission a step uses.
type By<'a> = &'a Delegation;
