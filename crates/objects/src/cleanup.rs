use std::{collections::HashSet, sync::Arc};

use futures_util::future::BoxFuture;
use jobs::{Handler, HandlerError, Job, Runner};
use serde_json::json;
use store::{Batch, BlobId, KeyRange, KeyReader, Scan};
use types::{SignedDuration, Timestamp, Uuid};

use crate::{
    Bucket, COMPLETED_UPLOADS, MANIFESTS, Objects, UPLOAD_PARTS, UPLOADS, UploadId,
    manifest::manifest_key, object::Body, objects_of_id, part::part_key,
};

/// How long an upload may take from its first byte kept on disk to its publication.
pub(crate) const ABANDONED_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// How long the bytes of a version stay that is current no longer, for those who have read its record
/// but not yet its bytes.
const REPLACED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// How long a completed upload is remembered, so that completing it again gives the same answer.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How many records are looked up in one go.
const PAGE: usize = 256;

const REMOVE_BLOB: &str = "objects:remove-blob";
const REMOVE_PARTS: &str = "objects:remove-parts";
const REMOVE_MANIFEST: &str = "objects:remove-manifest";
const REMOVE_UPLOADS: &str = "objects:remove-uploads";
const FORGET_UPLOAD: &str = "objects:forget-upload";
const PRINCIPAL: &str = "s3.amazonaws.com";

/// A job that removes a blob.
pub(crate) fn removal(objects: &Objects, blob: BlobId, due: Timestamp) -> Job {
    let payload = json!({ "blob": blob.to_string() });
    Job::new(REMOVE_BLOB, PRINCIPAL, due, payload, &*objects.entropy)
}

/// Lets the bytes be removed of a version that is current no longer.
pub(crate) fn remove_replaced(objects: &Objects, body: &Body, batch: Batch) -> Batch {
    let due = objects.clock.now() + REPLACED_AFTER;
    match body {
        Body::Inline(_) => batch,
        Body::Blob(blob) => removal(objects, *blob, due).enqueue(batch),
        Body::Parts { upload, .. } => {
            let payload = json!({ "upload": upload.to_string() });
            let job = Job::new(REMOVE_MANIFEST, PRINCIPAL, due, payload, &*objects.entropy);
            job.enqueue(batch)
        }
    }
}

/// A job that removes the parts of an upload that is under way no longer, but for those that an object
/// was put together of.
pub(crate) fn removal_of_parts(objects: &Objects, upload: UploadId) -> Job {
    let payload = json!({ "upload": upload.to_string() });
    Job::new(REMOVE_PARTS, PRINCIPAL, objects.clock.now(), payload, &*objects.entropy)
}

/// A job that removes the uploads of a bucket that is gone.
pub(crate) fn removal_of_uploads(objects: &Objects, bucket: &Bucket) -> Job {
    let payload = json!({ "bucket": bucket.id.to_string() });
    Job::new(REMOVE_UPLOADS, PRINCIPAL, objects.clock.now(), payload, &*objects.entropy)
}

/// A job that forgets what came of a completed upload.
pub(crate) fn forgetting(objects: &Objects, place: &[u8]) -> Job {
    let payload = json!({ "key": hex::encode(place) });
    let due = objects.clock.now() + REMEMBERED_FOR;
    Job::new(FORGET_UPLOAD, PRINCIPAL, due, payload, &*objects.entropy)
}

impl Objects {
    /// Lets the runner of the database that the records lie in do the jobs made here.
    #[must_use]
    pub fn register(&self, runner: Runner) -> Runner {
        let with = |runner: Runner, kind, work| {
            let objects = self.clone();
            runner.with(kind, Arc::new(Cleanup { objects, work }))
        };
        let runner = with(runner, REMOVE_BLOB, Work::RemoveBlob);
        let runner = with(runner, REMOVE_PARTS, Work::RemoveParts);
        let runner = with(runner, REMOVE_MANIFEST, Work::RemoveManifest);
        let runner = with(runner, REMOVE_UPLOADS, Work::RemoveUploads);
        with(runner, FORGET_UPLOAD, Work::ForgetUpload)
    }

    /// Removes what came to an upload that is under way no longer. The blobs go before their records, so
    /// that what ends in between is found again.
    async fn remove_parts(&self, upload: UploadId) -> Result<(), HandlerError> {
        let manifest = self.manifest(upload).await?;
        let kept: HashSet<BlobId> =
            manifest.iter().flat_map(|manifest| &manifest.parts).map(|part| part.blob).collect();
        loop {
            let (parts, more) = self.versioned_parts(upload, None, PAGE).await?;
            if parts.is_empty() {
                return Ok(());
            }
            let mut batch = Batch::new();
            for part in parts {
                if !kept.contains(&part.value.blob) {
                    self.blobs.delete(part.value.blob).await?;
                }
                batch = batch.delete(UPLOAD_PARTS, part_key(upload, part.value.number));
            }
            self.records.commit(batch).await?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Removes the blobs that an object was put together of.
    async fn remove_manifest(&self, upload: UploadId) -> Result<(), HandlerError> {
        let Some(manifest) = self.manifest(upload).await? else { return Ok(()) };
        for part in manifest.parts {
            self.blobs.delete(part.blob).await?;
        }
        self.records.commit(Batch::new().delete(MANIFESTS, manifest_key(upload))).await?;
        Ok(())
    }

    /// Ends the uploads of a bucket that is gone.
    async fn remove_uploads(&self, bucket: Uuid) -> Result<(), HandlerError> {
        let range = KeyRange::within(&objects_of_id(bucket));
        loop {
            let page = self.records.scan(Scan::new(UPLOADS, range.clone(), PAGE)).await?;
            let mut batch = Batch::new();
            for (place, found) in page.entries {
                batch = batch.remove(UPLOADS, place.clone(), found.version);
                let id = id_of(&place).ok_or("the key of an upload is damaged")?;
                batch = removal_of_parts(self, id).enqueue(batch);
            }
            self.records.commit(batch).await?;
            if !page.more {
                return Ok(());
            }
        }
    }
}

/// The upload's id in the key of its record.
fn id_of(place: &[u8]) -> Option<UploadId> {
    let mut reader = KeyReader::new(place);
    reader.text().ok()?;
    reader.text().ok()?;
    reader.text().ok()?.parse().ok()
}

#[derive(Clone, Copy)]
enum Work {
    RemoveBlob,
    RemoveParts,
    RemoveManifest,
    RemoveUploads,
    ForgetUpload,
}

struct Cleanup {
    objects: Objects,
    work: Work,
}

impl Handler for Cleanup {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<(), HandlerError>> {
        Box::pin(async move {
            let objects = &self.objects;
            let named = |name: &str| {
                let value = job.payload.get(name).and_then(|value| value.as_str());
                value.ok_or_else(|| format!("the job names no {name}"))
            };
            match self.work {
                Work::RemoveBlob => Ok(objects.blobs.delete(named("blob")?.parse()?).await?),
                Work::RemoveParts => objects.remove_parts(named("upload")?.parse()?).await,
                Work::RemoveManifest => objects.remove_manifest(named("upload")?.parse()?).await,
                Work::RemoveUploads => objects.remove_uploads(named("bucket")?.parse()?).await,
                Work::ForgetUpload => {
                    let place = hex::decode(named("key")?)?;
                    objects.records.commit(Batch::new().delete(COMPLETED_UPLOADS, place)).await?;
                    Ok(())
                }
            }
        })
    }
}
