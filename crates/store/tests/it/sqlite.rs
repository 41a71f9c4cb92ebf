use std::{
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use store::{
    Batch, Changes, CommitError, KeyRange, Records, Revision, Scan, SqliteRecords, StoreError,
};
use types::{ManualClock, SignedDuration, Timestamp};

use crate::records::{LEFT, RIGHT, SPACES, SUITE};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH))
}

fn open(folder: &Path) -> SqliteRecords {
    SqliteRecords::open(&folder.join("records.db"), SPACES, clock()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_keeps_the_contract() {
    for (name, test) in SUITE {
        println!("{name}");
        let folder = tempfile::tempdir().unwrap();
        test(Arc::new(open(folder.path()))).await;
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_when_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut last = Revision(0);
    for n in 0..50 {
        last = store.commit(Batch::new().put(LEFT, format!("{n}"), "x")).await.unwrap();
    }
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.freshness().revision, last);
    let page = store.scan(Scan::new(LEFT, KeyRange::all(), 100)).await.unwrap();
    assert_eq!(page.entries.len(), 50);
    assert_eq!(store.changes_since(Revision(3)), Changes::Anything { revision: last });
    assert!(store.commit(Batch::new().put(LEFT, "next", "x")).await.unwrap() > last);
}

#[tokio::test]
async fn a_new_space_is_added_to_an_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.db");
    let store = SqliteRecords::open(&path, &[LEFT], clock()).unwrap();
    store.commit(Batch::new().put(LEFT, "k", "x")).await.unwrap();
    drop(store);
    let store = open(folder.path());
    store.commit(Batch::new().put(RIGHT, "k", "x")).await.unwrap();
    assert!(store.get(LEFT, b"k").await.unwrap().is_some());
}

#[test]
fn a_newer_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let path = folder.path().join("records.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteRecords::open(&path, SPACES, clock()).unwrap_err();
    assert!(matches!(error, StoreError::NewerFormat { found: 99, .. }), "{error}");
}

#[test]
fn what_is_not_a_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.db");
    std::fs::write(&path, "somebody's notes").unwrap();
    assert!(SqliteRecords::open(&path, SPACES, clock()).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), b"somebody's notes");
}

#[tokio::test]
async fn nobody_else_may_read_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.commit(Batch::new().put(LEFT, "k", "x")).await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

#[tokio::test]
async fn it_is_as_fresh_as_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let path = folder.path().join("records.db");
    let store = SqliteRecords::open(&path, SPACES, clock.clone()).unwrap();
    clock.advance(SignedDuration::from_hours(1));
    assert_eq!(store.freshness().heard_at, Timestamp::from_second(3600).unwrap());
}

#[test]
fn kill_9_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    for round in 1..=5 {
        let mut child = writing_child(folder.path()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let acknowledged: Vec<u64> = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok())
            .take(40 * round)
            .collect();
        child.kill().unwrap();
        child.wait().unwrap();
        let last = *acknowledged.last().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let store = open(folder.path());
        runtime.block_on(async {
            for number in acknowledged {
                let key = number.to_be_bytes();
                assert!(store.get(LEFT, &key).await.unwrap().is_some(), "{number} is lost");
                assert!(store.get(RIGHT, &key).await.unwrap().is_some(), "{number} is torn");
            }
            assert!(store.freshness().revision.0 >= last);
        });
    }
}

/// This test binary again, as a process that writes until it is killed.
fn writing_child(folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "sqlite::child", "--nocapture", "--ignored"]);
    command.env("STORE_TEST_FOLDER", folder);
    command
}

#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn child() {
    let Ok(folder) = std::env::var("STORE_TEST_FOLDER") else { return };
    let store = open(Path::new(&folder));
    let mut number = store.freshness().revision.0;
    loop {
        number += 1;
        let key = number.to_be_bytes().to_vec();
        let batch = Batch::new().put(LEFT, key.clone(), "x").put(RIGHT, key, vec![1; 3000]);
        match store.commit(batch).await {
            Ok(_) => println!("acknowledged {number}"),
            Err(CommitError::Conflict(_)) => unreachable!(),
            Err(error) => panic!("{error}"),
        }
    }
}
