//! A PostgreSQL for the tests.

use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use crate::{python, root};

/// The variable that names a PostgreSQL for the tests, as a connection URL.
pub(crate) const VARIABLE: &str = "CLOAKROOM_TEST_POSTGRES";

/// A PostgreSQL: the one that the variable names, or one of our own, which ends when this is dropped
/// or the process ends.
pub(crate) struct Postgres {
    pub(crate) url: String,
    own: Option<Child>,
}

impl Postgres {
    pub(crate) fn start() -> Result<Self, Box<dyn std::error::Error>> {
        if let Ok(url) = env::var(VARIABLE) {
            eprintln!("using the one that {VARIABLE} names");
            return Ok(Self { url, own: None });
        }
        let mut child = Command::new(python::TODAY.python())
            .arg("xtask/postgres.py")
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut url)?;
        }
        let url = url.trim().to_owned();
        let postgres = Self { url, own: Some(child) };
        if postgres.url.is_empty() {
            let message = "PostgreSQL did not start, see above; or name one that runs already in";
            return Err(format!("{message} {VARIABLE}").into());
        }
        eprintln!("started {} for these tests", postgres.url);
        Ok(postgres)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut child) = self.own.take() {
            // It stops when its standard input closes, which waiting for it does first.
            drop(child.wait());
        }
    }
}
