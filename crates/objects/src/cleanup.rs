use std::sync::Arc;

use futures_util::future::BoxFuture;
use jobs::{Handler, HandlerError, Job, Runner};
use serde_json::json;
use store::{BlobId, Blobs};
use types::{SignedDuration, Timestamp};

use crate::Objects;

/// How long an upload may take from its first byte kept on disk to its publication.
pub(crate) const ABANDONED_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// How long the bytes of a version stay that is current no longer, for those who have read its record
/// but not yet its bytes.
const REPLACED_AFTER: SignedDuration = SignedDuration::from_hours(1);

const REMOVE_BLOB: &str = "objects:remove-blob";
const PRINCIPAL: &str = "s3.amazonaws.com";

/// A job that removes a blob.
pub(crate) fn removal(objects: &Objects, blob: BlobId, due: Timestamp) -> Job {
    let payload = json!({ "blob": blob.to_string() });
    Job::new(REMOVE_BLOB, PRINCIPAL, due, payload, &*objects.entropy)
}

/// A job that removes the blob of a version that is current no longer.
pub(crate) fn removal_of_replaced(objects: &Objects, blob: BlobId) -> Job {
    removal(objects, blob, objects.clock.now() + REPLACED_AFTER)
}

impl Objects {
    /// Lets the runner of the database that the records lie in do the jobs made here.
    #[must_use]
    pub fn register(&self, runner: Runner) -> Runner {
        runner.with(REMOVE_BLOB, Arc::new(RemoveBlob { blobs: Arc::clone(&self.blobs) }))
    }
}

struct RemoveBlob {
    blobs: Arc<dyn Blobs>,
}

impl Handler for RemoveBlob {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<(), HandlerError>> {
        Box::pin(async move {
            let blob = job.payload.get("blob").and_then(|blob| blob.as_str());
            let blob = blob.ok_or("the job names no blob")?.parse()?;
            Ok(self.blobs.delete(blob).await?)
        })
    }
}
