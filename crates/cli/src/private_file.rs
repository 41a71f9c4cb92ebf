//! Files with secrets in them: their owner reads them, nobody else.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path} could not be written: {source}", path = path.display())]
pub(crate) struct WriteError {
    path: PathBuf,
    source: io::Error,
}

/// Writes the file with mode 0600, and the folders it lies in with mode 0700 where they are
/// missing: under another name first, so that it is whole or not there.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), WriteError> {
    try_write(path, text).map_err(|source| WriteError { path: path.to_owned(), source })
}

fn try_write(path: &Path, text: &str) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    // What a killed process left there may have another mode: it is not written into.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file: File =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_the_owner_reads_it_even_if_the_file_was_open_to_all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/folder/secret");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        write(&path, "one").unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        for left in [path.clone(), path.with_file_name("secret.new")] {
            fs::write(&left, "left behind").unwrap();
            fs::set_permissions(&left, fs::Permissions::from_mode(0o644)).unwrap();
        }
        write(&path, "two").unwrap();
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (0o600, "two"));
    }

    #[test]
    fn a_failure_names_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let error = write(directory.path(), "x").unwrap_err();
        assert!(error.to_string().contains(&directory.path().display().to_string()), "{error}");
    }
}
