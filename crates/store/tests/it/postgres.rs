use std::{
    future::poll_fn,
    io::Write,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use futures_util::future::{Either, join_all, select};
use store::{Batch, Changes, CommitError, PostgresRecords, Records, Revision, StoreError};
use tokio_postgres::NoTls;
use types::{ManualClock, SignedDuration, Timestamp};

use crate::records::{LEFT, RIGHT, SPACES, SUITE};

/// A schema of its own on the server that `CLOAKROOM_TEST_POSTGRES` names.
struct Schema {
    url: String,
    name: String,
}

impl Schema {
    /// `None`, and a loud word about it, if no server is named.
    async fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var("CLOAKROOM_TEST_POSTGRES") else {
            // Not by a macro, whose output is hidden when a test passes.
            let message =
                b"\n*** NOT RUN on PostgreSQL: set CLOAKROOM_TEST_POSTGRES to a URL ***\n";
            std::io::stderr().write_all(message).unwrap();
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let schema = Self { url, name: format!("test_{}_{number}", std::process::id()) };
        schema.drop().await;
        Some(schema)
    }

    async fn execute(&self, statement: &str) {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        let work = pin!(client.batch_execute(statement));
        match select(work, pin!(connection)).await {
            Either::Left((result, _)) => result.unwrap(),
            Either::Right(_) => panic!("the connection was closed"),
        }
    }

    async fn drop(&self) {
        self.execute(&format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.name)).await;
    }

    async fn open(&self) -> PostgresRecords {
        self.open_at(Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH))).await
    }

    async fn open_at(&self, clock: Arc<ManualClock>) -> PostgresRecords {
        PostgresRecords::open(&self.url, &self.name, SPACES, clock).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_keeps_the_contract() {
    for (name, test) in SUITE {
        println!("{name}");
        let Some(schema) = Schema::new().await else { return };
        test(Arc::new(schema.open().await)).await;
        schema.drop().await;
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_when_opened_again() {
    let Some(schema) = Schema::new().await else { return };
    let store = schema.open().await;
    let revision = store.commit(Batch::new().put(LEFT, "k", "x")).await.unwrap();
    drop(store);
    let store = schema.open().await;
    assert_eq!(store.freshness().revision, revision);
    assert_eq!(store.get(LEFT, b"k").await.unwrap().unwrap().value, "x");
    assert_eq!(store.changes_since(Revision(0)), Changes::Anything { revision });
    schema.drop().await;
}

#[tokio::test]
async fn one_of_two_nodes_wins() {
    let Some(schema) = Schema::new().await else { return };
    let nodes = [schema.open().await, schema.open().await];
    let tries = (0..40).map(|n: usize| {
        let batch = Batch::new().insert(LEFT, "identity", n.to_string());
        nodes[n % 2].commit(batch)
    });
    let outcomes = join_all(tries).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let conflict = |outcome: &Result<_, _>| matches!(outcome, Err(CommitError::Conflict(_)));
    assert_eq!(outcomes.iter().filter(|outcome| conflict(outcome)).count(), 39);
    schema.drop().await;
}

#[tokio::test]
async fn nodes_hear_of_each_other() {
    let Some(schema) = Schema::new().await else { return };
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let writer = schema.open().await;
    let follower = schema.open_at(clock.clone()).await;
    let start = follower.freshness();
    let first = writer.commit(Batch::new().put(LEFT, "a", "1")).await.unwrap();
    assert_eq!(follower.freshness(), start, "nobody drives it yet");
    clock.advance(SignedDuration::from_secs(7));
    // Let it follow until it knows of a commit that was made while it did.
    let second = {
        let mut following = pin!(follower.follow());
        let made = pin!(writer.commit(Batch::new().put(RIGHT, "b", "1").delete(LEFT, "a")));
        let second = match select(&mut following, made).await {
            Either::Left(_) => unreachable!(),
            Either::Right((second, _)) => second.unwrap(),
        };
        let heard = poll_fn(|context| {
            let _ = following.as_mut().poll(context);
            if follower.freshness().revision >= second {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        });
        heard.await;
        second
    };
    let keys = vec![(LEFT, "a".into()), (RIGHT, "b".into()), (LEFT, "a".into())];
    assert_eq!(
        follower.changes_since(start.revision),
        Changes::Keys { revision: second, keys: keys.clone() }
    );
    assert_eq!(follower.freshness().heard_at, Timestamp::from_second(7).unwrap());
    assert!(first < second);
    schema.drop().await;
}

#[tokio::test]
async fn an_own_commit_brings_those_of_others_along() {
    let Some(schema) = Schema::new().await else { return };
    let (one, other) = (schema.open().await, schema.open().await);
    let start = one.freshness().revision;
    other.commit(Batch::new().put(LEFT, "a", "1")).await.unwrap();
    let revision = one.commit(Batch::new().put(LEFT, "b", "1")).await.unwrap();
    let keys = vec![(LEFT, "a".into()), (LEFT, "b".into())];
    assert_eq!(one.changes_since(start), Changes::Keys { revision, keys });
    schema.drop().await;
}

#[tokio::test]
async fn who_was_away_too_long_is_told_so() {
    let Some(schema) = Schema::new().await else { return };
    let (one, other) = (schema.open().await, schema.open().await);
    let start = one.freshness().revision;
    other.commit(Batch::new().put(LEFT, "a", "1")).await.unwrap();
    schema.execute(&format!("DELETE FROM \"{}\".changes", schema.name)).await;
    let revision = one.commit(Batch::new().put(LEFT, "b", "1")).await.unwrap();
    assert_eq!(one.changes_since(start), Changes::Anything { revision });
    schema.drop().await;
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let Some(schema) = Schema::new().await else { return };
    drop(schema.open().await);
    schema.execute(&format!("UPDATE \"{}\".format SET value = 99", schema.name)).await;
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let error = PostgresRecords::open(&schema.url, &schema.name, SPACES, clock).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerFormat { found: 99, .. }), "{error}");
    schema.drop().await;
}

#[tokio::test]
async fn nodes_may_be_opened_at_the_same_time() {
    let Some(schema) = Schema::new().await else { return };
    join_all((0..8).map(|_| schema.open())).await;
    schema.drop().await;
}

#[tokio::test]
async fn a_wrong_name_or_address_is_refused_without_the_password() {
    let clock = || Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let nowhere = "postgresql://user:hunter2@127.0.0.1:1/db";
    for (url, schema) in [(nowhere, "x\"; DROP"), (nowhere, ""), (nowhere, "s"), ("nonsense", "s")]
    {
        let error = PostgresRecords::open(url, schema, SPACES, clock()).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}
