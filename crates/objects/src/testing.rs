//! What the tests of this crate share: a store in a temporary folder, and bodies that were verified.

use std::{fs, ops::Range, path::Path, sync::Arc};

use bytes::Bytes;
use futures_util::{TryStreamExt, future::BoxFuture};
use jobs::Runner;
use sigv4::{ChecksumAlgorithm, Digests, Expectations, Payload, PayloadDeclaration, Verified};
use store::{BlobError, BlobId, BlobStream, Blobs, DiskBlobs, SqliteRecords, StagedBlob};
use tempfile::TempDir;
use types::{ManualClock, SeededEntropy, SignedDuration};

use crate::{
    Attributes, Bucket, Condition, Object, ObjectKey, Objects, SPACES, Tags, Versioned, WriteError,
};

pub(crate) struct World {
    folder: TempDir,
    pub(crate) objects: Objects,
    pub(crate) clock: Arc<ManualClock>,
    records: Arc<SqliteRecords>,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::open(folder.path()).unwrap();
        Self::with(folder, Arc::new(blobs))
    }

    /// One whose disk has no space for blobs: it takes this many pieces of one, then fails.
    pub(crate) fn with_full_disk(pieces: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = DiskBlobs::open(folder.path()).unwrap();
        Self::with(folder, Arc::new(FullDisk { disk, pieces }))
    }

    fn with(folder: TempDir, blobs: Arc<dyn Blobs>) -> Self {
        let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
        let path = folder.path().join("objects.db");
        let records = Arc::new(SqliteRecords::open(&path, SPACES, clock.clone()).unwrap());
        let entropy = Arc::new(SeededEntropy::new(11));
        let objects = Objects::new(records.clone(), blobs, clock.clone(), entropy);
        Self { folder, objects, clock, records }
    }

    pub(crate) async fn bucket(&self, name: &str) -> Versioned<Bucket> {
        let owner = "123456789012".parse().unwrap();
        let region = "eu-central-1".parse().unwrap();
        self.objects
            .create_bucket(name.parse().unwrap(), owner, region, Tags::default())
            .await
            .unwrap()
    }

    pub(crate) async fn put(
        &self,
        bucket: &Versioned<Bucket>,
        key: &str,
        body: &[u8],
    ) -> Result<Versioned<Object>, WriteError> {
        self.put_if(bucket, key, body, &Condition::None).await
    }

    pub(crate) async fn put_if(
        &self,
        bucket: &Versioned<Bucket>,
        key: &str,
        body: &[u8],
        condition: &Condition,
    ) -> Result<Versioned<Object>, WriteError> {
        let mut put = self.objects.begin_put();
        for piece in body.chunks(10_000) {
            put.append(Bytes::copy_from_slice(piece)).await?;
        }
        put.publish(&verified(body), bucket, &name(key), Attributes::default(), condition).await
    }

    /// The body under the key, if there is one.
    pub(crate) async fn get(&self, bucket: &Bucket, key: &str) -> Option<Vec<u8>> {
        let object = self.objects.object(bucket, &name(key)).await.unwrap()?.value;
        Some(self.bytes(&object).await)
    }

    /// The body of an object.
    pub(crate) async fn bytes(&self, object: &Object) -> Vec<u8> {
        let body = self.objects.read(object, 0..object.size).await.unwrap();
        body.try_collect::<Vec<_>>().await.unwrap().concat()
    }

    /// Does what is due after that time.
    pub(crate) async fn run_jobs_after(&self, time: SignedDuration) {
        self.clock.advance(time);
        let runner = Runner::new(self.records.clone(), self.clock.clone());
        let now = types::Clock::now(&*self.clock);
        let ran = self.objects.register(runner).run_due(now).await.unwrap();
        assert_eq!(ran.failed, 0);
    }

    /// How many files lie in blobs/ and staging/.
    pub(crate) fn files(&self) -> usize {
        fn count(folder: &Path) -> usize {
            let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
        }
        count(&self.folder.path().join("blobs")) + count(&self.folder.path().join("staging"))
    }
}

struct FullDisk {
    disk: DiskBlobs,
    pieces: usize,
}

struct FullStaged {
    staged: Box<dyn StagedBlob>,
    pieces: usize,
}

impl Blobs for FullDisk {
    fn stage(&self, id: BlobId) -> BoxFuture<'_, Result<Box<dyn StagedBlob>, BlobError>> {
        Box::pin(async move {
            let staged = self.disk.stage(id).await?;
            Ok(Box::new(FullStaged { staged, pieces: self.pieces }) as Box<dyn StagedBlob>)
        })
    }

    fn read(&self, id: BlobId, range: Range<u64>) -> BoxFuture<'_, Result<BlobStream, BlobError>> {
        self.disk.read(id, range)
    }

    fn delete(&self, id: BlobId) -> BoxFuture<'_, Result<(), BlobError>> {
        self.disk.delete(id)
    }
}

impl StagedBlob for FullStaged {
    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        match self.pieces.checked_sub(1) {
            Some(left) => self.pieces = left,
            None => return Box::pin(async { Err(BlobError::Full) }),
        }
        self.staged.append(bytes)
    }

    fn publish(self: Box<Self>) -> BoxFuture<'static, Result<(), BlobError>> {
        Box::pin(async { Err(BlobError::Full) })
    }
}

pub(crate) fn name(key: &str) -> ObjectKey {
    key.parse().unwrap()
}

/// Bytes that differ from place to place.
pub(crate) fn body(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n / 251 % 128 + n % 127).to_le_bytes()[0]).collect()
}

/// The proof that a body is this one.
pub(crate) fn verified(body: &[u8]) -> Verified<Digests> {
    verified_by(body, ChecksumAlgorithm::Crc32)
}

/// The same with a checksum by this algorithm.
pub(crate) fn verified_by(body: &[u8], algorithm: ChecksumAlgorithm) -> Verified<Digests> {
    let payload = Payload::new(PayloadDeclaration::Unsigned, None, Expectations::default());
    let mut payload = payload.unwrap().with_checksum(algorithm);
    let mut input = Bytes::copy_from_slice(body);
    while payload.decode(&mut input).unwrap().is_some() {}
    payload.finish().unwrap()
}
