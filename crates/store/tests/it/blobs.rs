//! What every implementation of [`Blobs`] promises.

use std::{future::Future, ops::Range, pin::Pin, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, future::join_all};
use store::{BlobError, BlobId, Blobs};
use types::{Entropy, SeededEntropy};

type Store = Arc<dyn Blobs>;
type Test = fn(Store) -> Pin<Box<dyn Future<Output = ()>>>;

macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        /// Every test by its name; each wants an empty store.
        pub(crate) const SUITE: &[(&str, Test)] =
            &[$((stringify!($test), |store| Box::pin($test(store)))),*];
    };
}

suite![
    a_blob_is_read_as_appended,
    ranges_are_read_exactly,
    what_is_not_published_is_not_there,
    an_id_is_used_once,
    a_deleted_blob_is_gone,
    a_reader_outlives_a_deletion,
    many_at_once_stay_apart,
];

const STEP: usize = 256 << 10;

pub(crate) fn ids() -> impl FnMut() -> BlobId {
    let entropy = SeededEntropy::new(5);
    move || BlobId::random(&entropy as &dyn Entropy)
}

/// Bytes that differ from place to place.
pub(crate) fn body(length: usize) -> Bytes {
    (0..length).map(|n| (n / 251 % 128 + n % 127).to_le_bytes()[0]).collect()
}

pub(crate) async fn write(store: &dyn Blobs, id: BlobId, body: &Bytes, piece: usize) {
    let mut staged = store.stage(id).await.unwrap();
    for piece in body.chunks(piece) {
        staged.append(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    staged.publish().await.unwrap();
}

pub(crate) async fn read(
    store: &dyn Blobs,
    id: BlobId,
    range: Range<u64>,
) -> Result<Vec<u8>, BlobError> {
    let pieces: Vec<Bytes> = store.read(id, range).await?.try_collect().await?;
    assert!(pieces.iter().all(|piece| (1..=STEP).contains(&piece.len())));
    Ok(pieces.concat())
}

async fn a_blob_is_read_as_appended(store: Store) {
    let mut ids = ids();
    for length in [0, 1, STEP - 1, STEP, STEP + 1, 3 * STEP + 17] {
        for piece in [1000, STEP, 2 * STEP] {
            let (id, body) = (ids(), body(length));
            write(&*store, id, &body, piece).await;
            assert_eq!(read(&*store, id, 0..length as u64).await.unwrap(), body, "{length}");
        }
    }
}

async fn ranges_are_read_exactly(store: Store) {
    let (id, length) = (ids()(), 2 * STEP + 5);
    let body = body(length);
    write(&*store, id, &body, 70_000).await;
    for range in [0..0, 0..1, 1..2, STEP - 1..STEP + 1, 5..length, length - 1..length] {
        let found = read(&*store, id, range.start as u64..range.end as u64).await.unwrap();
        assert_eq!(found, body[range.clone()], "{range:?}");
    }
    for range in [0..length as u64 + 1, length as u64..length as u64 + 1, 0..u64::MAX] {
        let error = read(&*store, id, range.clone()).await.unwrap_err();
        assert!(matches!(error, BlobError::Torn(torn) if torn == id), "{range:?}: {error}");
    }
}

async fn what_is_not_published_is_not_there(store: Store) {
    let mut ids = ids();
    let missing = async |id| {
        let error = read(&*store, id, 0..1).await.unwrap_err();
        assert!(matches!(error, BlobError::NotFound(unknown) if unknown == id), "{error}");
    };
    missing(ids()).await;
    let id = ids();
    let mut staged = store.stage(id).await.unwrap();
    staged.append(body(STEP + 1)).await.unwrap();
    missing(id).await;
    drop(staged);
    missing(id).await;
    // Deleted while staged: it can no longer be published.
    let id = ids();
    let mut staged = store.stage(id).await.unwrap();
    staged.append(body(10)).await.unwrap();
    store.delete(id).await.unwrap();
    assert!(staged.publish().await.is_err());
    missing(id).await;
}

async fn an_id_is_used_once(store: Store) {
    let id = ids()();
    let first = store.stage(id).await.unwrap();
    let again = async || match store.stage(id).await {
        Err(BlobError::Exists(taken)) => assert_eq!(taken, id),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("the id was used twice"),
    };
    again().await;
    first.publish().await.unwrap();
    again().await;
    assert_eq!(read(&*store, id, 0..0).await.unwrap(), b"");
}

async fn a_deleted_blob_is_gone(store: Store) {
    let mut ids = ids();
    let (id, other) = (ids(), ids());
    write(&*store, id, &body(10), 10).await;
    write(&*store, other, &body(10), 10).await;
    store.delete(id).await.unwrap();
    assert!(matches!(read(&*store, id, 0..1).await, Err(BlobError::NotFound(_))));
    store.delete(id).await.unwrap();
    store.delete(ids()).await.unwrap();
    assert_eq!(read(&*store, other, 0..10).await.unwrap(), body(10));
}

async fn a_reader_outlives_a_deletion(store: Store) {
    let (id, body) = (ids()(), body(3 * STEP));
    write(&*store, id, &body, STEP).await;
    let mut pieces = store.read(id, 0..body.len() as u64).await.unwrap();
    let first = pieces.next().await.unwrap().unwrap();
    store.delete(id).await.unwrap();
    let rest: Vec<Bytes> = pieces.try_collect().await.unwrap();
    assert_eq!([first, rest.concat().into()].concat(), body);
}

async fn many_at_once_stay_apart(store: Store) {
    let mut ids = ids();
    let bodies: Vec<_> = (0..24).map(|n| (ids(), body(STEP / 2 + n * 9999))).collect();
    join_all(bodies.iter().map(|(id, body)| write(&*store, *id, body, 50_000 + body.len() % 999)))
        .await;
    for (id, body) in bodies {
        assert_eq!(read(&*store, id, 0..body.len() as u64).await.unwrap(), body);
    }
}
