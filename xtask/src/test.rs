//! `cargo xtask test`: every test there is, and what they need: one command from a fresh clone.

use std::{
    env,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    Outcome, codegen, fuzz, layers, node,
    postgres::{self, Postgres},
    python::{self, Environment},
    root, success,
};

/// Runs all steps in order; the first that fails ends it.
pub(crate) fn run() -> Outcome {
    let mut steps = Steps::default();
    steps.run("format", "cargo fmt --check", || cargo(&["fmt", "--all", "--check"]))?;
    steps.run("layers", "which crate stands on which", layers::run)?;
    steps.run("generated code", "is what the service models give", || {
        codegen::run(codegen::Mode::Check)
    })?;
    steps.run("lints", "cargo clippy, where a warning is an error", || {
        let all = ["clippy", "--locked", "--workspace", "--all-targets", "--quiet"];
        cargo(&[&all[..], &["--", "-D", "warnings"]].concat())
    })?;
    steps.run("Python", "virtual environments with the clients that test the server", || {
        python::TODAY.install()?;
        python::YEAR_2023.install()
    })?;
    steps.run("JavaScript", "npm packages, for the clients in that language", node::install)?;
    let mut started = None;
    steps.run("PostgreSQL", "for records shared by several nodes", || {
        started = Some(Postgres::start()?);
        Ok(())
    })?;
    let url = started.as_ref().map_or("", |postgres| &postgres.url);
    steps.run("Rust tests", "unit, property, contract and end-to-end tests", || {
        let all = ["test", "--locked", "--workspace", "--quiet"];
        success(Command::new("cargo").args(all).env(postgres::VARIABLE, url))
    })?;
    steps.run("fuzzing", "20 seconds for each of what reads what strangers send", || {
        fuzz::run(20, &[])
    })?;
    steps.run("build", "the binary that real clients talk to", || {
        cargo(&["build", "--locked", "--package", "cloakroom", "--quiet"])
    })?;
    steps.run(
        "clients of today",
        "boto3, s3fs, the AWS command line, Amplify and others",
        || pytest(&python::TODAY, url),
    )?;
    steps.run("clients of 2023", "boto3 and s3fs as scripts of that year have them", || {
        pytest(&python::YEAR_2023, url)
    })?;
    drop(started);
    steps.summarise();
    Ok(())
}

/// What was done so far.
#[derive(Default)]
struct Steps(Vec<(&'static str, Duration)>);

impl Steps {
    /// Does a step under a heading.
    fn run(&mut self, name: &'static str, what: &str, work: impl FnOnce() -> Outcome) -> Outcome {
        eprintln!("\n== {name}: {what}");
        let began = Instant::now();
        let outcome = work();
        let took = began.elapsed();
        let verdict = if outcome.is_ok() { "passed" } else { "FAILED" };
        eprintln!("== {name}: {verdict} after {:.1} s", took.as_secs_f32());
        self.0.push((name, took));
        outcome.map_err(|error| format!("{name}: {error}").into())
    }

    fn summarise(&self) {
        let each: Vec<String> =
            self.0.iter().map(|(name, took)| format!("{name} {} s", took.as_secs())).collect();
        let whole: Duration = self.0.iter().map(|(_, took)| took).sum();
        let (count, seconds) = (self.0.len(), whole.as_secs());
        eprintln!("\nall {count} steps passed in {seconds} s ({})", each.join(", "));
    }
}

fn cargo(arguments: &[&str]) -> Outcome {
    success(Command::new("cargo").args(arguments))
}

/// Runs the tests in `clients/` with an environment's clients against the binary just built.
fn pytest(environment: &Environment, postgres_url: &str) -> Outcome {
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let binary: PathBuf = root().join(target).join("debug/cloakroom");
    let mut command = Command::new(environment.python());
    command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "clients"]);
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("CLOAKROOM_BINARY", binary);
    success(command.env(postgres::VARIABLE, postgres_url))
}
