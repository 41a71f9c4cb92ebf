//! Blobs as files of a local disk: `staging/ID` while written, `blobs/xx/ID` once published, where
//! `xx` are the first two digits of the id.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    ops::Range,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures_util::{future::BoxFuture, stream};
use tokio::{runtime::Handle, task::spawn_blocking};

use crate::{BlobError, BlobId, BlobStream, Blobs, StagedBlob};

/// What is read or written in one go on the blocking pool, in bytes.
const STEP: usize = 256 << 10;

/// Blobs as files below one folder of a local disk.
#[derive(Debug, Clone)]
pub struct DiskBlobs {
    folders: Arc<Folders>,
}

#[derive(Debug)]
struct Folders {
    staging: PathBuf,
    blobs: PathBuf,
    /// The folders `xx` whose own entry is known to be on the disk.
    durable: Mutex<Vec<PathBuf>>,
}

impl DiskBlobs {
    /// Opens the folders `staging` and `blobs` below `root`, or makes them. It blocks.
    ///
    /// # Errors
    /// [`BlobError::Full`] or [`BlobError::Io`], if they cannot be made.
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        let folders = Folders {
            staging: root.join("staging"),
            blobs: root.join("blobs"),
            durable: Mutex::default(),
        };
        fs::create_dir_all(&folders.staging)?;
        fs::create_dir_all(&folders.blobs)?;
        sync_folder(root)?;
        Ok(Self { folders: Arc::new(folders) })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folders) -> Result<T, BlobError> + Send + 'static,
    ) -> Result<T, BlobError> {
        let folders = Arc::clone(&self.folders);
        blocking(move || work(&folders)).await
    }
}

impl Blobs for DiskBlobs {
    fn stage(&self, id: BlobId) -> BoxFuture<'_, Result<Box<dyn StagedBlob>, BlobError>> {
        Box::pin(async move {
            let file = self.blocking(move |folders| folders.create(id)).await?;
            let folders = Arc::clone(&self.folders);
            let staged = StagedFile { id, file: Some(file), folders };
            Ok(Box::new(Staged { staged, buffer: Vec::new() }) as Box<dyn StagedBlob>)
        })
    }

    fn read(&self, id: BlobId, range: Range<u64>) -> BoxFuture<'_, Result<BlobStream, BlobError>> {
        Box::pin(async move {
            let file = self.blocking(move |folders| folders.open(id)).await?;
            let start = (Arc::new(file), range);
            let pieces = stream::try_unfold(start, move |(file, rest)| async move {
                if rest.is_empty() {
                    return Ok(None);
                }
                let end = rest.end.min(rest.start.saturating_add(STEP as u64));
                let reader = Arc::clone(&file);
                let piece = blocking(move || read_at(&reader, id, rest.start..end)).await?;
                Ok(Some((piece, (file, end..rest.end))))
            });
            Ok(Box::pin(pieces) as BlobStream)
        })
    }

    fn delete(&self, id: BlobId) -> BoxFuture<'_, Result<(), BlobError>> {
        Box::pin(async move {
            self.blocking(move |folders| {
                remove(&folders.staged(id))?;
                let (folder, file) = folders.published(id);
                if remove(&file)? {
                    sync_folder(&folder)?;
                }
                Ok(())
            })
            .await
        })
    }
}

impl Folders {
    fn staged(&self, id: BlobId) -> PathBuf {
        self.staging.join(id.to_string())
    }

    /// The folder of a published blob, and its file there.
    fn published(&self, id: BlobId) -> (PathBuf, PathBuf) {
        let name = id.to_string();
        let folder = self.blobs.join(name.get(..2).unwrap_or_default());
        let file = folder.join(name);
        (folder, file)
    }

    fn create(&self, id: BlobId) -> Result<File, BlobError> {
        if self.published(id).1.try_exists()? {
            return Err(BlobError::Exists(id));
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        options.open(self.staged(id)).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => BlobError::Exists(id),
            _ => error.into(),
        })
    }

    fn open(&self, id: BlobId) -> Result<File, BlobError> {
        File::open(self.published(id).1).map_err(|error| match error.kind() {
            ErrorKind::NotFound => BlobError::NotFound(id),
            _ => error.into(),
        })
    }

    /// Moves the staged file, whose bytes are on the disk already, to where it is read.
    fn publish(&self, id: BlobId) -> Result<(), BlobError> {
        let (folder, file) = self.published(id);
        self.ensure_folder(&folder)?;
        fs::rename(self.staged(id), file)?;
        Ok(sync_folder(&folder)?)
    }

    /// Makes the folder unless it is there, and sees to it that a crash does not lose it.
    fn ensure_folder(&self, folder: &Path) -> io::Result<()> {
        let durable = || self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        if durable().iter().any(|known| known == folder) {
            return Ok(());
        }
        match fs::create_dir(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        // Also when it was there: another thread may have made it and not yet synced.
        sync_folder(&self.blobs)?;
        durable().push(folder.to_owned());
        Ok(())
    }
}

/// The file of a blob that is not published; removed when dropped.
#[derive(Debug)]
struct StagedFile {
    id: BlobId,
    /// `None` once the file is published.
    file: Option<File>,
    folders: Arc<Folders>,
}

impl StagedFile {
    fn write(&self, bytes: &[u8]) -> Result<(), BlobError> {
        let mut file = self.file.as_ref().ok_or(BlobError::NotFound(self.id))?;
        Ok(file.write_all(bytes)?)
    }

    fn publish(mut self) -> Result<(), BlobError> {
        let file = self.file.as_ref().ok_or(BlobError::NotFound(self.id))?;
        file.sync_data()?;
        self.folders.publish(self.id)?;
        self.file = None;
        Ok(())
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if self.file.take().is_none() {
            return;
        }
        let path = self.folders.staged(self.id);
        // If this fails, the one who recorded the id deletes it later.
        let unlink = move || drop(fs::remove_file(path));
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(unlink)),
            Err(_) => unlink(),
        }
    }
}

struct Staged {
    staged: StagedFile,
    /// What was appended but not yet written, less than [`STEP`] bytes between two calls.
    buffer: Vec<u8>,
}

impl StagedBlob for Staged {
    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        Box::pin(async move {
            for piece in bytes.chunks(STEP) {
                if self.buffer.len() + piece.len() > STEP {
                    self.flush().await?;
                }
                self.buffer.extend_from_slice(piece);
            }
            Ok(())
        })
    }

    fn publish(self: Box<Self>) -> BoxFuture<'static, Result<(), BlobError>> {
        Box::pin(async move {
            let Self { staged, buffer } = *self;
            blocking(move || {
                staged.write(&buffer)?;
                staged.publish()
            })
            .await
        })
    }
}

impl Staged {
    async fn flush(&mut self) -> Result<(), BlobError> {
        let buffer = std::mem::take(&mut self.buffer);
        let file = self.staged.file.as_ref().ok_or(BlobError::NotFound(self.staged.id))?;
        let mut file = file.try_clone()?;
        self.buffer = blocking(move || {
            file.write_all(&buffer)?;
            let mut buffer = buffer;
            buffer.clear();
            Ok(buffer)
        })
        .await?;
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    spawn_blocking(work).await.map_err(|error| BlobError::Io(io::Error::other(error)))?
}

fn read_at(file: &File, id: BlobId, range: Range<u64>) -> Result<Bytes, BlobError> {
    let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
    let mut piece = vec![0; length];
    file.read_exact_at(&mut piece, range.start).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => BlobError::Torn(id),
        _ => error.into(),
    })?;
    Ok(piece.into())
}

/// Whether there was such a file.
fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Puts a folder's entries on the disk: without it a crash can undo a rename.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
