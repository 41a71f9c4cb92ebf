//! Every test there is, and what they need: one command from a fresh clone.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use crate::{Outcome, codegen, layers, root};

/// Runs all steps in order; the first that fails ends it.
pub(crate) fn run() -> Outcome {
    let began = Instant::now();
    step("formatting", "cargo fmt --check", || cargo(&["fmt", "--all", "--check"]))?;
    step("layers", "which crate stands on which", layers::run)?;
    step("generated code", "is what the service models give", || {
        codegen::run(codegen::Mode::Check)
    })?;
    step("lints", "cargo clippy, warnings are errors", || {
        cargo(&[
            "clippy", "--locked", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings",
        ])
    })?;
    step("python", "virtual environments with the clients", || {
        for environment in ENVIRONMENTS {
            environment.install()?;
        }
        Ok(())
    })?;
    let postgres = Postgres::start()?;
    step("rust tests", "unit, property, contract and end-to-end", || {
        let mut command = Command::new("cargo");
        command.args(["test", "--locked", "--workspace", "--quiet"]);
        success(command.env("CLOAKROOM_TEST_POSTGRES", &postgres.url))
    })?;
    step("real clients", "boto3, s3fs and the AWS CLI against the binary", || {
        cargo(&["build", "--locked", "--quiet", "--package", "cloakroom"])?;
        for environment in ENVIRONMENTS {
            let mut command = Command::new(environment.python());
            command.args(["-m", "pytest", "-q", "clients"]).current_dir(root());
            command.env("CLOAKROOM_BINARY", target().join("debug/cloakroom"));
            success(command.env("CLOAKROOM_TEST_POSTGRES", &postgres.url))?;
        }
        Ok(())
    })?;
    drop(postgres);
    println!("\nevery step passed in {} s", began.elapsed().as_secs());
    Ok(())
}

fn step(name: &str, what: &str, work: impl FnOnce() -> Outcome) -> Outcome {
    println!("\n== {name}: {what}");
    let began = Instant::now();
    let outcome = work();
    let verdict = if outcome.is_ok() { "passed" } else { "FAILED" };
    println!("== {name}: {verdict} after {:.1} s", began.elapsed().as_secs_f32());
    outcome.map_err(|error| format!("{name}: {error}").into())
}

fn cargo(arguments: &[&str]) -> Outcome {
    success(Command::new("cargo").args(arguments))
}

fn success(command: &mut Command) -> Outcome {
    let status = command.current_dir(root()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A Python virtual environment with pinned packages.
struct Environment {
    folder: &'static str,
    requirements: &'static str,
}

/// The newest clients, and those of the time that the first users' scripts were written in.
const ENVIRONMENTS: &[Environment] = &[
    Environment { folder: ".venv", requirements: "clients/requirements.txt" },
    Environment { folder: ".venv-2023", requirements: "clients/requirements-2023.txt" },
];

impl Environment {
    fn python(&self) -> PathBuf {
        root().join(self.folder).join("bin/python")
    }

    /// Installs the packages, unless exactly these were installed before.
    fn install(&self) -> Outcome {
        let requirements = root().join(self.requirements);
        let wanted = fs::read_to_string(&requirements)?;
        let stamp = root().join(self.folder).join("installed.txt");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        println!("   installing {} into {}", self.requirements, self.folder);
        success(Command::new("python3").args(["-m", "venv", "--clear", self.folder]))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        success(Command::new(self.python()).args(pip).arg(&requirements))?;
        Ok(fs::write(stamp, wanted)?)
    }
}

/// A PostgreSQL for the tests: the one that `CLOAKROOM_TEST_POSTGRES` names, or one of our own,
/// from the package `pgserver`, that ends with this process.
struct Postgres {
    url: String,
    own: Option<Child>,
}

impl Postgres {
    fn start() -> Result<Self, Box<dyn std::error::Error>> {
        if let Ok(url) = env::var("CLOAKROOM_TEST_POSTGRES") {
            return Ok(Self { url, own: None });
        }
        let [environment, ..] = ENVIRONMENTS else { return Err("no Python environment".into()) };
        let script: &Path = Path::new("xtask/postgres.py");
        let mut child = Command::new(environment.python())
            .arg(script)
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        if let Some(output) = child.stdout.take() {
            std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut url)?;
        }
        let url = url.trim().to_owned();
        if url.is_empty() {
            return Err("PostgreSQL did not start; see above".into());
        }
        println!("\n== PostgreSQL: started for these tests");
        Ok(Self { url, own: Some(child) })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut child) = self.own.take() {
            // It stops when its standard input closes.
            drop(child.stdin.take());
            drop(child.wait());
        }
    }
}
