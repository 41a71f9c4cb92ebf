//! What every implementation of [`Records`] promises.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use futures_util::future::join_all;
use store::{
    BATCH_BYTES_MAX, Batch, Changes, CommitError, Direction, KEY_BYTES_MAX, Key, KeyRange,
    Precondition, Records, Revision, Scan, Space, StoreError, VALUE_BYTES_MAX, Version,
};
use types::{Entropy, SeededEntropy};

pub(crate) const LEFT: Space = Space::new("left");
pub(crate) const RIGHT: Space = Space::new("right");
/// The spaces a backend under test is opened with.
pub(crate) const SPACES: &[Space] = &[LEFT, RIGHT];

type Store = Arc<dyn Records>;
type Test = fn(Store) -> Pin<Box<dyn Future<Output = ()>>>;

macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        /// Every test by its name; each wants an empty store.
        pub(crate) const SUITE: &[(&str, Test)] =
            &[$((stringify!($test), |store| Box::pin($test(store)))),*];
    };
}

suite![
    a_record_is_read_as_written,
    versions_are_never_used_again,
    a_batch_is_all_or_nothing,
    each_precondition_is_judged,
    the_last_write_to_a_key_counts,
    keys_are_bytes_in_byte_order,
    a_page_ends_at_its_limits,
    ranges_are_half_open,
    limits_are_refused_without_a_trace,
    commits_are_known_when_acknowledged,
    one_of_many_wins,
    concurrent_increments_all_count,
    it_agrees_with_a_model,
];

async fn put(store: &Store, space: Space, key: &[u8], value: &[u8]) -> Revision {
    let batch = Batch::new().put(space, Bytes::copy_from_slice(key), Bytes::copy_from_slice(value));
    store.commit(batch).await.unwrap()
}

async fn value(store: &Store, space: Space, key: &[u8]) -> Option<Bytes> {
    store.get(space, key).await.unwrap().map(|record| record.value)
}

async fn version(store: &Store, space: Space, key: &[u8]) -> Version {
    store.get(space, key).await.unwrap().unwrap().version
}

fn conflict(result: Result<Revision, CommitError>) -> Precondition {
    match result {
        Err(CommitError::Conflict(precondition)) => precondition,
        other => panic!("not a conflict: {other:?}"),
    }
}

async fn a_record_is_read_as_written(store: Store) {
    assert_eq!(value(&store, LEFT, b"k").await, None);
    let revision = put(&store, LEFT, b"k", b"\x00\xff one").await;
    let record = store.get(LEFT, b"k").await.unwrap().unwrap();
    assert_eq!(record.value, b"\x00\xff one".as_ref());
    assert_eq!(record.version, Version(revision.0));
    assert_eq!(value(&store, RIGHT, b"k").await, None, "spaces are apart");
    assert_eq!(value(&store, LEFT, b"K").await, None, "keys are case-sensitive");
    put(&store, LEFT, b"k", b"").await;
    assert_eq!(value(&store, LEFT, b"k").await, Some(Bytes::new()));
    put(&store, LEFT, b"", b"under the empty key").await;
    assert_eq!(value(&store, LEFT, b"").await.unwrap(), "under the empty key");
    store.commit(Batch::new().delete(LEFT, "k").delete(LEFT, "never there")).await.unwrap();
    assert_eq!(value(&store, LEFT, b"k").await, None);
}

async fn versions_are_never_used_again(store: Store) {
    let mut seen = Vec::new();
    for _ in 0..3 {
        put(&store, LEFT, b"k", b"same").await;
        seen.push(version(&store, LEFT, b"k").await);
        put(&store, RIGHT, b"other", b"x").await;
        assert_eq!(version(&store, LEFT, b"k").await, seen[seen.len() - 1]);
        store.commit(Batch::new().delete(LEFT, "k")).await.unwrap();
    }
    assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
}

async fn a_batch_is_all_or_nothing(store: Store) {
    put(&store, LEFT, b"there", b"1").await;
    let batch = Batch::new()
        .put(LEFT, "a", "2")
        .delete(LEFT, "there")
        .insert(RIGHT, "b", "2")
        .require_absent(LEFT, "there");
    let failed = conflict(store.commit(batch).await);
    assert_eq!(failed, Precondition::Absent { space: LEFT, key: "there".into() });
    assert_eq!(value(&store, LEFT, b"a").await, None);
    assert_eq!(value(&store, LEFT, b"there").await.unwrap(), "1");
    assert_eq!(value(&store, RIGHT, b"b").await, None);
    let revision = store.freshness().revision;
    let batch = Batch::new().put(LEFT, "a", "2").delete(LEFT, "there").insert(RIGHT, "b", "2");
    assert!(store.commit(batch).await.unwrap() > revision);
    assert_eq!(version(&store, LEFT, b"a").await, version(&store, RIGHT, b"b").await);
    assert_eq!(value(&store, LEFT, b"there").await, None);
}

async fn each_precondition_is_judged(store: Store) {
    put(&store, LEFT, b"k", b"1").await;
    let first = version(&store, LEFT, b"k").await;
    // Absent.
    conflict(store.commit(Batch::new().insert(LEFT, "k", "x")).await);
    store.commit(Batch::new().insert(RIGHT, "k", "x")).await.unwrap();
    // At a version.
    store.commit(Batch::new().replace(LEFT, "k", first, "2")).await.unwrap();
    let failed = conflict(store.commit(Batch::new().replace(LEFT, "k", first, "3")).await);
    assert_eq!(failed, Precondition::AtVersion { space: LEFT, key: "k".into(), version: first });
    conflict(store.commit(Batch::new().remove(LEFT, "absent", first)).await);
    assert_eq!(value(&store, LEFT, b"k").await.unwrap(), "2");
    // As it was read.
    let now = version(&store, LEFT, b"k").await;
    conflict(store.commit(Batch::new().require_unchanged(LEFT, "k", None)).await);
    store.commit(Batch::new().require_unchanged(LEFT, "k", Some(now))).await.unwrap();
    store.commit(Batch::new().require_unchanged(LEFT, "absent", None)).await.unwrap();
    // An empty range.
    let parent = Key::new().text("parent");
    let child = parent.clone().text("child");
    let delete = || {
        Batch::new().require_empty(LEFT, KeyRange::within(&parent)).put(RIGHT, "parent gone", "x")
    };
    put(&store, LEFT, &child, b"x").await;
    conflict(store.commit(delete()).await);
    store.commit(Batch::new().delete(LEFT, child)).await.unwrap();
    store.commit(delete()).await.unwrap();
    conflict(store.commit(Batch::new().require_empty(LEFT, KeyRange::all())).await);
    // Writes of the same batch do not count.
    store.commit(Batch::new().put(LEFT, "new", "1").require_absent(LEFT, "new")).await.unwrap();
}

async fn the_last_write_to_a_key_counts(store: Store) {
    let batch = Batch::new().put(LEFT, "a", "1").put(LEFT, "a", "2").put(LEFT, "b", "1");
    store.commit(batch.delete(LEFT, "b")).await.unwrap();
    assert_eq!(value(&store, LEFT, b"a").await.unwrap(), "2");
    assert_eq!(value(&store, LEFT, b"b").await, None);
    store.commit(Batch::new().delete(LEFT, "a").put(LEFT, "a", "3")).await.unwrap();
    assert_eq!(value(&store, LEFT, b"a").await.unwrap(), "3");
}

async fn keys_are_bytes_in_byte_order(store: Store) {
    let keys: &[&[u8]] =
        &[b"", b"\x00", b"\x00\x00", b"A", b"B", b"a", b"a\x00", b"a b", "ä".as_bytes(), b"\xff"];
    for key in keys.iter().rev() {
        put(&store, LEFT, key, key).await;
    }
    let mut scan = Scan::new(LEFT, KeyRange::all(), 100);
    let page = store.scan(scan.clone()).await.unwrap();
    assert!(page.entries.iter().all(|(key, record)| *key == record.value));
    let found: Vec<_> = page.entries.iter().map(|(key, _)| key.as_ref()).collect();
    assert_eq!(found, keys);
    scan.direction = Direction::Descending;
    let page = store.scan(scan).await.unwrap();
    let found: Vec<_> = page.entries.iter().rev().map(|(key, _)| key.as_ref()).collect();
    assert_eq!(found, keys);
}

async fn a_page_ends_at_its_limits(store: Store) {
    for key in [b"1", b"2", b"3"] {
        put(&store, LEFT, key, b"x").await;
    }
    let scan = |limit| store.scan(Scan::new(LEFT, KeyRange::all(), limit));
    let page = scan(2).await.unwrap();
    assert_eq!((page.entries.len(), page.more), (2, true));
    let page = scan(3).await.unwrap();
    assert_eq!((page.entries.len(), page.more), (3, false));
    let rest = Scan::new(LEFT, KeyRange::all().after(b"2"), 3);
    let page = store.scan(rest).await.unwrap();
    assert_eq!((page.entries.len(), page.more), (1, false));
    // Large values end a page early, but never before its first entry.
    let large = vec![7; VALUE_BYTES_MAX];
    for key in [b"1", b"2", b"3"] {
        put(&store, RIGHT, key, &large).await;
    }
    let mut range = KeyRange::all();
    for turn in 1..=3 {
        let page = store.scan(Scan::new(RIGHT, range.clone(), 100)).await.unwrap();
        assert_eq!((page.entries.len(), page.more), (1, turn < 3));
        range = range.after(&page.entries[0].0);
    }
}

async fn ranges_are_half_open(store: Store) {
    for key in ["a", "b", "c"] {
        put(&store, LEFT, key.as_bytes(), b"x").await;
    }
    let keys = async |range, direction| {
        let scan = Scan { direction, ..Scan::new(LEFT, range, 10) };
        let page = store.scan(scan).await.unwrap();
        let keys = page.entries.into_iter().map(|(key, _)| String::from_utf8(key.into()).unwrap());
        keys.collect::<String>()
    };
    for (range, expected) in [
        (KeyRange::between("a", "c"), "ab"),
        (KeyRange::between("b", "b"), ""),
        (KeyRange::between("c", "a"), ""),
        (KeyRange::all().after(b"a"), "bc"),
        (KeyRange::all().from(b"b"), "bc"),
        (KeyRange::all().before(b"b"), "a"),
        (KeyRange::between("b", "z").after(b"a").before(b"zz"), "bc"),
    ] {
        assert_eq!(keys(range.clone(), Direction::Ascending).await, expected, "{range:?}");
        let reversed: String = expected.chars().rev().collect();
        assert_eq!(keys(range.clone(), Direction::Descending).await, reversed, "{range:?}");
    }
}

async fn limits_are_refused_without_a_trace(store: Store) {
    let longest = vec![1; KEY_BYTES_MAX];
    put(&store, LEFT, &longest, b"fits").await;
    assert_eq!(value(&store, LEFT, &longest).await.unwrap(), "fits");
    let before = store.freshness().revision;
    let other = Space::new("undeclared");
    let chunk = Bytes::from(vec![0; VALUE_BYTES_MAX]);
    let many = (0..=BATCH_BYTES_MAX / VALUE_BYTES_MAX)
        .fold(Batch::new(), |batch, n| batch.put(LEFT, n.to_string(), chunk.clone()));
    for batch in [
        Batch::new().put(LEFT, "a", "x").put(LEFT, vec![1; KEY_BYTES_MAX + 1], "x"),
        Batch::new().put(LEFT, "a", "x").put(LEFT, "b", vec![1; VALUE_BYTES_MAX + 1]),
        many,
    ] {
        let error = store.commit(batch).await.unwrap_err();
        assert!(matches!(error, CommitError::Store(StoreError::TooLarge { .. })), "{error}");
    }
    for batch in [
        Batch::new().put(LEFT, "a", "x").put(other, "a", "x"),
        Batch::new().put(LEFT, "a", "x").require_absent(other, "a"),
        Batch::new().put(LEFT, "a", "x").require_empty(other, KeyRange::all()),
    ] {
        let error = store.commit(batch).await.unwrap_err();
        assert!(matches!(error, CommitError::Store(StoreError::UnknownSpace(_))), "{error}");
    }
    assert!(store.get(other, b"a").await.is_err());
    assert!(store.scan(Scan::new(other, KeyRange::all(), 1)).await.is_err());
    assert_eq!(value(&store, LEFT, b"a").await, None);
    assert_eq!(store.freshness().revision, before);
}

async fn commits_are_known_when_acknowledged(store: Store) {
    let start = store.freshness();
    let first = store.commit(Batch::new().put(LEFT, "a", "1").delete(RIGHT, "b")).await.unwrap();
    assert_eq!(store.freshness().revision, first);
    assert!(store.freshness().heard_at >= start.heard_at);
    let second = put(&store, LEFT, b"c", b"1").await;
    conflict(store.commit(Batch::new().insert(LEFT, "c", "2")).await);
    let checked = store.commit(Batch::new().require_absent(LEFT, "z")).await.unwrap();
    assert_eq!(checked, second, "a batch without writes is no change");
    assert_eq!(
        store.changes_since(start.revision),
        Changes::Keys {
            revision: second,
            keys: vec![(LEFT, "a".into()), (RIGHT, "b".into()), (LEFT, "c".into())]
        }
    );
    assert_eq!(
        store.changes_since(first),
        Changes::Keys { revision: second, keys: vec![(LEFT, "c".into())] }
    );
    assert_eq!(store.changes_since(second), Changes::Keys { revision: second, keys: Vec::new() });
}

async fn one_of_many_wins(store: Store) {
    let tries = (0..64).map(|n: i32| {
        let own = Batch::new().insert(LEFT, "lock", n.to_string()).put(RIGHT, n.to_string(), "x");
        store.commit(own)
    });
    let outcomes = join_all(tries).await;
    let winners: Vec<_> = (0..64).filter(|n| outcomes[*n].is_ok()).collect();
    assert_eq!(winners.len(), 1);
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        conflict(outcome);
    }
    assert_eq!(value(&store, LEFT, b"lock").await.unwrap(), winners[0].to_string());
    let page = store.scan(Scan::new(RIGHT, KeyRange::all(), 100)).await.unwrap();
    assert_eq!(page.entries.len(), 1, "the others left nothing");
}

async fn concurrent_increments_all_count(store: Store) {
    put(&store, LEFT, b"counter", b"0").await;
    let increment = async || loop {
        let record = store.get(LEFT, b"counter").await.unwrap().unwrap();
        let next = std::str::from_utf8(&record.value).unwrap().parse::<u32>().unwrap() + 1;
        let batch = Batch::new().replace(LEFT, "counter", record.version, next.to_string());
        match store.commit(batch).await {
            Ok(revision) => return revision,
            Err(CommitError::Conflict(_)) => {}
            Err(error) => panic!("{error}"),
        }
    };
    let mut revisions = join_all((0..16).map(|_| increment())).await;
    assert_eq!(value(&store, LEFT, b"counter").await.unwrap(), "16");
    revisions.sort();
    revisions.dedup();
    assert_eq!(revisions.len(), 16, "each commit has a revision of its own");
}

/// Random batches over few keys, against a map that does the same.
async fn it_agrees_with_a_model(store: Store) {
    let source = SeededEntropy::new(42);
    let dice = |sides: u8| (&source as &dyn Entropy).bytes::<1>()[0] % sides;
    let mut model: BTreeMap<Vec<u8>, (Version, Vec<u8>)> = BTreeMap::new();
    for turn in 0..200_u32 {
        let key = |n: u8| vec![b'a' + n];
        let mut batch = Batch::new();
        let mut holds = true;
        for _ in 0..dice(3) {
            let name = key(dice(6));
            let there = model.get(&name).map(|(version, _)| *version);
            let wanted = match dice(6) {
                0 => None,
                1 => Some(Version(u64::from(dice(40)) + 1)),
                _ => there,
            };
            holds &= wanted == there;
            batch = batch.require_unchanged(LEFT, name, wanted);
        }
        if dice(8) == 0 {
            let (from, to) = (key(dice(6)), key(dice(6)));
            holds &= from >= to || model.range(from.clone()..to.clone()).next().is_none();
            batch = batch.require_empty(LEFT, KeyRange::between(from, to));
        }
        let mut after = model.clone();
        let mut touched = Vec::new();
        for _ in 0..dice(4) {
            let name = key(dice(6));
            touched.push(name.clone());
            if dice(3) == 0 {
                after.remove(&name);
                batch = batch.delete(LEFT, name);
            } else {
                let value = turn.to_be_bytes().to_vec();
                after.insert(name.clone(), (Version(0), value.clone()));
                batch = batch.put(LEFT, name, value);
            }
        }
        match store.commit(batch).await {
            Ok(revision) => {
                assert!(holds, "turn {turn}: applied though a precondition fails");
                for name in touched {
                    if let Some((version, _)) = after.get_mut(&name) {
                        *version = Version(revision.0);
                    }
                }
                model = after;
            }
            Err(CommitError::Conflict(_)) => assert!(!holds, "turn {turn}: all of them hold"),
            Err(error) => panic!("{error}"),
        }
        let page = store.scan(Scan::new(LEFT, KeyRange::all(), 100)).await.unwrap();
        let found = page
            .entries
            .into_iter()
            .map(|(key, record)| (key.to_vec(), (record.version, record.value.to_vec())));
        assert_eq!(found.collect::<BTreeMap<_, _>>(), model, "turn {turn}");
    }
}
