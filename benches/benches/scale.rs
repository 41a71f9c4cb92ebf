//! Whether it matters how much is there already: the same steps with ten thousand and with a million objects and
//! identities.
//!
//! Filling takes about two minutes. `CLOAKROOM_SCALE` sets another number than a million.
#![expect(clippy::expect_used, reason = "a measurement that cannot run should say so")]

use std::{collections::BTreeMap, hint::black_box, sync::Arc};

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use directory::{Change, Directory, Identity, IdentityKey, Login, LoginKey, Owner};
use futures_util::{StreamExt, stream};
use objects::{Attributes, Bucket, Condition, List, ObjectKey, Objects, Tags, Versioned};
use sigv4::{Digests, Expectations, Payload, PayloadDeclaration, Verified};
use store::{DiskBlobs, Records, Space, SqliteRecords};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use types::{Clock, Entropy, IdentityPoolId, ManualClock, Region, SeededEntropy, Timestamp};

/// So many writes wait for one sync of the disk while a store is filled.
const AT_ONCE: usize = 1024;
const BODY: Bytes = Bytes::from_static(&[b'x'; 100]);

struct World {
    _folder: TempDir,
    objects: Objects,
    bucket: Versioned<Bucket>,
    directory: Directory,
    owner: Owner,
    pool: IdentityPoolId,
    entropy: Arc<dyn Entropy>,
    count: usize,
}

fn verified() -> Verified<Digests> {
    let mut payload =
        Payload::new(PayloadDeclaration::Unsigned, None, Expectations::default()).expect("a body");
    let mut input = BODY;
    while payload.decode(&mut input).expect("good").is_some() {}
    payload.finish().expect("good")
}

impl World {
    async fn filled(count: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
        let open = |name: &str, spaces: &[Space]| -> Arc<dyn Records> {
            let path = folder.path().join(name);
            Arc::new(SqliteRecords::open(&path, spaces, clock.clone()).expect("a database"))
        };
        let blobs = Arc::new(DiskBlobs::open(folder.path()).expect("a folder"));
        let objects = Objects::new(
            open("objects.db", objects::SPACES),
            blobs,
            clock.clone(),
            entropy.clone(),
        );
        let region: Region = "us-east-1".parse().expect("a region");
        let account = "123456789012".parse().expect("an account");
        let name = "coats".parse().expect("a name");
        let bucket = objects
            .create_bucket(name, account, region.clone(), Tags::default())
            .await
            .expect("new");
        let (directory, authority) = Directory::open(open("directory.db", directory::SPACES));
        let owner = authority.owner(account, region.clone());
        let pool = IdentityPoolId::random(&region, &*entropy);
        let world =
            Self { _folder: folder, objects, bucket, directory, owner, pool, entropy, count };
        let all = stream::iter(0..count);
        all.for_each_concurrent(AT_ONCE, |number| {
            let world = &world;
            async move { world.put(&key(number)).await }
        })
        .await;
        let all = stream::iter(0..count);
        all.for_each_concurrent(AT_ONCE, |number| {
            let world = &world;
            async move { world.add_identity(format!("subject-{number}")).await }
        })
        .await;
        world
    }

    async fn put(&self, key: &ObjectKey) {
        let mut put = self.objects.begin_put();
        put.append(BODY).await.expect("room");
        let attributes = Attributes::default();
        put.publish(&verified(), &self.bucket, key, attributes, &Condition::None)
            .await
            .expect("put");
    }

    async fn add_identity(&self, subject: String) {
        let id = types::IdentityId::random(self.owner.region(), &*self.entropy);
        let key =
            IdentityKey { owner: self.owner.clone(), pool: self.pool.clone(), id: id.clone() };
        let logins = BTreeMap::from([("provider".to_owned(), subject)]);
        let identity = Identity::new(id, logins, Timestamp::UNIX_EPOCH);
        let mut change = Change::new();
        change.create(&key, &identity);
        self.directory.commit(change).await.expect("new");
    }

    fn login(&self, number: usize) -> LoginKey {
        LoginKey {
            owner: self.owner.clone(),
            pool: self.pool.clone(),
            provider: "provider".to_owned(),
            subject: format!("subject-{number}"),
        }
    }
}

fn key(number: usize) -> ObjectKey {
    format!("folder-{:03}/{number:07}", number % 1000).parse().expect("a key")
}

fn scale(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let most = std::env::var("CLOAKROOM_SCALE").map_or(1_000_000, |n| n.parse().expect("a number"));
    for count in [10_000, most] {
        let world = runtime.block_on(World::filled(count));
        // Spread over all there are, so that not the same pages are read again and again.
        let mut next = 0;
        let mut spread = move || {
            next = (next + 7_919) % count;
            next
        };
        let of = |name: &str| format!("{name}, among {count}");
        criterion.bench_function(&of("get an object's record"), |bencher| {
            bencher.to_async(&runtime).iter(|| {
                let key = key(spread());
                let world = &world;
                async move {
                    let found = world.objects.object(&world.bucket.value, &key).await;
                    black_box(found.expect("a store").expect("an object"))
                }
            });
        });
        criterion.bench_function(&of("replace an object, durably"), |bencher| {
            bencher.to_async(&runtime).iter(|| {
                let key = key(spread());
                let world = &world;
                async move { world.put(&key).await }
            });
        });
        criterion.bench_function(&of("list a folder, first 10 keys"), |bencher| {
            bencher.to_async(&runtime).iter(|| {
                let prefix = format!("folder-{:03}/", spread() % 1000);
                let world = &world;
                async move {
                    let what =
                        List { prefix, delimiter: "/".to_owned(), after: None, max_keys: 10 };
                    let listing = world.objects.list(&world.bucket.value, &what).await;
                    black_box(listing.expect("a store"))
                }
            });
        });
        criterion.bench_function(&of("find a person's identity"), |bencher| {
            bencher.to_async(&runtime).iter(|| {
                let login = world.login(spread());
                let world = &world;
                async move {
                    let found = world.directory.get::<Login>(&login).await;
                    black_box(found.expect("a store").expect("an identity"))
                }
            });
        });
        let mut fresh = world.count;
        criterion.bench_function(&of("make an identity, durably"), |bencher| {
            bencher.to_async(&runtime).iter(|| {
                fresh += 1;
                let world = &world;
                let subject = format!("subject-{fresh}");
                async move { world.add_identity(subject).await }
            });
        });
    }
}

criterion_group!(benches, scale);
criterion_main!(benches);
