use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use store::{BlobError, BlobId, Blobs, DiskBlobs};

use crate::blobs::{SUITE, body, ids, read, write};

fn file(root: &Path, id: BlobId) -> PathBuf {
    let name = id.to_string();
    root.join("blobs").join(name.split_at(2).0).join(name)
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_keeps_the_contract() {
    for (name, test) in SUITE {
        println!("{name}");
        let folder = tempfile::tempdir().unwrap();
        test(Arc::new(DiskBlobs::open(folder.path()).unwrap())).await;
    }
}

#[tokio::test]
async fn a_published_blob_is_there_when_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let id = ids()();
    write(&DiskBlobs::open(folder.path()).unwrap(), id, &body(99), 10).await;
    let store = DiskBlobs::open(folder.path()).unwrap();
    assert_eq!(read(&store, id, 0..99).await.unwrap(), body(99));
}

#[tokio::test]
async fn nobody_else_may_read_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let id = ids()();
    write(&DiskBlobs::open(folder.path()).unwrap(), id, &body(1), 1).await;
    let file = file(folder.path(), id);
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_was_staged_for_nothing_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = DiskBlobs::open(folder.path()).unwrap();
        let mut ids = ids();
        let mut dropped = store.stage(ids()).await.unwrap();
        dropped.append(body(1 << 20)).await.unwrap();
        drop(dropped);
        // As after a crash: only the file is left, and whoever recorded the id deletes it.
        let id = ids();
        std::mem::forget(store.stage(id).await.unwrap());
        store.delete(id).await.unwrap();
    });
    // Ends when all blocking work, so also the removal, is done.
    drop(runtime);
    assert_eq!(files(folder.path()), 0);
}

#[tokio::test]
async fn a_shortened_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = DiskBlobs::open(folder.path()).unwrap();
    let id = ids()();
    write(&store, id, &body(1000), 1000).await;
    let file = file(folder.path(), id);
    fs::File::options().write(true).open(file).unwrap().set_len(999).unwrap();
    assert!(matches!(read(&store, id, 0..1000).await, Err(BlobError::Torn(_))));
}
