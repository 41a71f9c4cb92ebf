//! Python virtual environments with pinned packages, made when they are needed.

use std::{fs, path::PathBuf, process::Command};

use crate::{Outcome, root, success};

/// A Python virtual environment in the root of the workspace.
pub(crate) struct Environment {
    /// Its folder.
    pub(crate) folder: &'static str,
    /// The file that pins what is in it.
    pub(crate) requirements: &'static str,
}

/// The clients of today, and PostgreSQL.
pub(crate) const TODAY: Environment =
    Environment { folder: ".venv", requirements: "clients/requirements.txt" };

/// The clients of the time in which the scripts that have to work unchanged were written.
pub(crate) const YEAR_2023: Environment =
    Environment { folder: ".venv-2023", requirements: "clients/requirements-2023.txt" };

/// Interpreters that the pinned packages have wheels for, the plain name last: it may be any.
const INTERPRETERS: &[&str] = &["python3.12", "python3.11", "python3"];

impl Environment {
    pub(crate) fn python(&self) -> PathBuf {
        root().join(self.folder).join("bin/python")
    }

    /// Installs the packages, unless exactly these were installed before.
    pub(crate) fn install(&self) -> Outcome {
        let requirements = root().join(self.requirements);
        let wanted = fs::read_to_string(&requirements)?;
        let stamp = root().join(self.folder).join("installed.txt");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            eprintln!("{} has what {} pins", self.folder, self.requirements);
            return Ok(());
        }
        let interpreter = interpreter()?;
        eprintln!("installing {} into {}, with {interpreter}", self.requirements, self.folder);
        success(Command::new(interpreter).args(["-m", "venv", "--clear", self.folder])).map_err(
            |error| format!("{error}; Debian and Ubuntu have venv in the package python3-venv"),
        )?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        success(Command::new(self.python()).args(pip).arg(&requirements))?;
        Ok(fs::write(stamp, wanted)?)
    }
}

/// The first interpreter that there is and that can read the pinned packages.
fn interpreter() -> Result<&'static str, String> {
    let known = "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))";
    let suits = |name: &&&str| {
        Command::new(name).args(["-c", known]).output().is_ok_and(|output| output.status.success())
    };
    let found = INTERPRETERS.iter().find(suits).copied();
    found.ok_or_else(|| "there is no Python 3.11 or 3.12 on the path: install one".to_owned())
}
