//! Project tasks: tests, generated code, checks.

mod codegen;
mod fuzz;
mod layers;
mod models;
mod node;
mod postgres;
mod python;
mod test;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// What a task gives: nothing, or what went wrong and what to do about it, in one sentence.
type Outcome = Result<(), Box<dyn std::error::Error>>;

const USAGE: &str = "\
usage: cargo xtask TASK

  test              run every test there is, and install what they need
  fuzz [SECONDS [TARGET …]]
                    look for inputs that break what reads them: every target, or these,
                    for so many seconds each (600)
  layers            check which crate stands on which
  codegen [--check] generate crates/wire/src/generated from the pruned models;
                    with --check, fail if the committed files are others
  models            fetch the AWS service models and prune them to what is served
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => test::run(),
        ["fuzz"] => fuzz::run(600, &[]),
        ["fuzz", seconds, targets @ ..] => match seconds.parse() {
            Ok(seconds) => fuzz::run(seconds, targets),
            Err(_) => Err(format!("`{seconds}` is no number of seconds").into()),
        },
        ["layers"] => layers::run(),
        ["codegen"] => codegen::run(codegen::Mode::Write),
        ["codegen", "--check"] => codegen::run(codegen::Mode::Check),
        ["models"] => models::run(),
        [] | ["help" | "--help" | "-h"] => {
            eprint!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("there is no task `{}`\n{USAGE}", words.join(" "));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Runs a command in the root of the workspace; its output goes where ours goes.
fn success(command: &mut Command) -> Outcome {
    let program = command.get_program().display().to_string();
    let status =
        command.current_dir(root()).status().map_err(|error| format!("{program}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}
