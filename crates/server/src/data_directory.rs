//! The data directory: its format, its lock, its key ring.
//!
//! `format` (one number), `lock` (who serves from it), `keyring` (0600), `directory.db`,
//! `objects.db`, `blobs/`, `staging/`, `audit/`.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};
use session::KeyRing;
use types::Entropy;

/// The format this version writes.
const FORMAT: u32 = 1;

/// A data directory that this process holds.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    /// Held until the directory is dropped; the system lets go of it even after `kill -9`.
    _lock: File,
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirectoryError {
    /// Another server has it.
    #[error("{path} is in use by the process {holder}; stop that one, or name another --data-dir")]
    Held {
        /// The directory.
        path: PathBuf,
        /// Its process id, as it wrote it.
        holder: String,
    },
    /// A newer version wrote it.
    #[error(
        "{path} has format {found}, this version reads up to {FORMAT}; use the version that wrote it"
    )]
    Newer {
        /// The directory.
        path: PathBuf,
        /// The format found.
        found: String,
    },
    /// There is data, but no key to open its secrets with.
    #[error(
        "{path} has data but no keyring file; without it no secret in it can be opened: restore the \
         file `keyring`, or begin with an empty directory"
    )]
    NoRing {
        /// The directory.
        path: PathBuf,
    },
    /// The key ring cannot be read.
    #[error("the key ring {path} is not readable: {reason}")]
    Ring {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DataDirectory {
    /// Takes the directory, making it if there is none.
    ///
    /// # Errors
    /// It is held by another process, of a newer format, or not accessible.
    pub fn take(path: &Path) -> Result<Self, DataDirectoryError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| DataDirectoryError::Io { path, source }
        };
        let new: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io(path))?;
        // A folder is kept by a sync of the one it lies in.
        for parent in new.iter().filter_map(|folder| folder.parent()) {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            File::open(parent).and_then(|folder| folder.sync_all()).map_err(io(parent))?;
        }
        let lock_path = path.join("lock");
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .map_err(io(&lock_path))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut holder = String::new();
            lock.read_to_string(&mut holder).map_err(io(&lock_path))?;
            let holder = holder.trim().to_owned();
            return Err(DataDirectoryError::Held { path: path.to_owned(), holder });
        }
        lock.set_len(0).map_err(io(&lock_path))?;
        lock.rewind().map_err(io(&lock_path))?;
        writeln!(lock, "{}", std::process::id()).map_err(io(&lock_path))?;
        let directory = Self { path: path.to_owned(), _lock: lock };
        directory.check_format()?;
        Ok(directory)
    }

    /// A file or folder in it.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The key ring: read, or made anew for a directory that has no data yet.
    ///
    /// # Errors
    /// There is data without a ring, or the ring cannot be read or written.
    pub fn key_ring(&self, entropy: &dyn Entropy) -> Result<KeyRing, DataDirectoryError> {
        let path = self.join("keyring");
        if path.exists() {
            return read_ring(&path);
        }
        if self.join("directory.db").exists() {
            return Err(DataDirectoryError::NoRing { path: self.path.clone() });
        }
        let ring = KeyRing::generate(entropy).map_err(|error| DataDirectoryError::Ring {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        write_private(&path, ring.to_text().expose())?;
        Ok(ring)
    }

    fn check_format(&self) -> Result<(), DataDirectoryError> {
        let path = self.join("format");
        match fs::read_to_string(&path) {
            Ok(text) if text.trim() == FORMAT.to_string() => Ok(()),
            Ok(text) => Err(DataDirectoryError::Newer {
                path: self.path.clone(),
                found: text.trim().to_owned(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                write_private(&path, &format!("{FORMAT}\n"))
            }
            Err(source) => Err(DataDirectoryError::Io { path, source }),
        }
    }
}

/// Reads a key ring file.
pub(crate) fn read_ring(path: &Path) -> Result<KeyRing, DataDirectoryError> {
    let text = fs::read_to_string(path)
        .map_err(|source| DataDirectoryError::Io { path: path.to_owned(), source })?;
    KeyRing::parse(&text).map_err(|error| DataDirectoryError::Ring {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// Writes a file that only its owner may read: beside it first, so that it is whole or not there.
///
/// # Errors
/// The file system refused.
pub fn write_private(path: &Path, text: &str) -> Result<(), DataDirectoryError> {
    let io = |source| DataDirectoryError::Io { path: path.to_owned(), source };
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&beside)
        .map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)?;
    fs::rename(&beside, path).map_err(io)?;
    if let Some(parent) = path.parent() {
        File::open(parent).and_then(|folder| folder.sync_all()).map_err(io)?;
    }
    Ok(())
}
