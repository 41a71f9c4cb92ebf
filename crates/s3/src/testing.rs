//! What the tests of this crate share: a service over a store in a temporary folder.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use objects::{Attributes, Bucket, Condition, Object, Objects, SPACES, Tags, Versioned};
use session::KeyRing;
use sigv4::{Checksum, ChecksumAlgorithm, Expectations, Payload, PayloadDeclaration};
use store::{DiskBlobs, SqliteRecords};
use tempfile::TempDir;
use types::{ManualClock, SeededEntropy};

use crate::S3;

/// Each world has chance of its own, so that none has another's keys.
static SEED: AtomicU64 = AtomicU64::new(1);

pub(crate) struct World {
    _folder: TempDir,
    pub(crate) s3: S3,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at("2026-01-02T03:04:05Z".parse().unwrap()));
        let path = folder.path().join("objects.db");
        let records = Arc::new(SqliteRecords::open(&path, SPACES, clock.clone()).unwrap());
        let blobs = Arc::new(DiskBlobs::open(folder.path()).unwrap());
        let entropy = Arc::new(SeededEntropy::new(SEED.fetch_add(1, Ordering::Relaxed) << 32));
        let ring = Arc::new(KeyRing::generate(&*entropy).unwrap());
        let workers = Arc::new(workers::Workers::for_this_machine());
        let objects = Objects::new(records, blobs, clock.clone(), entropy.clone());
        Self { _folder: folder, s3: S3 { objects, ring, clock, entropy, workers } }
    }

    pub(crate) async fn bucket(&self, name: &str) -> Versioned<Bucket> {
        let owner = "123456789012".parse().unwrap();
        let region = "us-east-1".parse().unwrap();
        let name = name.parse().unwrap();
        self.s3.objects.create_bucket(name, owner, region, Tags::default()).await.unwrap()
    }

    /// An object with these attributes and a CRC-32.
    pub(crate) async fn object(&self, body: Vec<u8>, attributes: Attributes) -> Object {
        let bucket = self.bucket("coats").await;
        let mut put = self.s3.objects.begin_put();
        let expectations = Expectations::default();
        let payload = Payload::new(PayloadDeclaration::Unsigned, None, expectations).unwrap();
        let mut payload = payload.with_checksum(ChecksumAlgorithm::Crc32);
        let mut rest = Bytes::from(body);
        while let Some(piece) = payload.decode(&mut rest).unwrap() {
            put.append(piece).await.unwrap();
        }
        let verified = payload.finish().unwrap();
        assert_eq!(verified.get().checksums().iter().map(Checksum::algorithm).count(), 1);
        let key = "key".parse().unwrap();
        let published = put.publish(&verified, &bucket, &key, attributes, &Condition::None).await;
        published.unwrap().value
    }
}
