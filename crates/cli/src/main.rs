//! The cloakroom command: a client of public AWS operations; presents, never decides.
//!
//! Only `serve` and `demo` start a server, through the one seam in [`serving`]; whatever else the
//! commands do, they ask of a server over the wire.

mod aws;
mod commands;
mod demo;
mod output;
mod password;
mod private_file;
mod refresh_cache;
mod serving;
mod sign_in;
mod stack;
mod stop_signal;

use std::{error::Error, io::IsTerminal as _, process::ExitCode};

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use commands::{
    Outcome, Verdict, apply::Apply, credentials::Credentials, delete_stack::DeleteStack,
    demo::Demo, explain::Explain, iam::Iam, outbox::Outbox, serve::Serve,
};

/// Hand in a ticket, get your own coat and nobody else's.
///
/// Cloakroom speaks Amazon Cognito, STS, IAM, S3 and CloudFormation on the wire, so that AWS's clients work against
/// it unchanged, and enforces IAM on every request. Begin with `cloakroom demo`.
///
/// Commands end with 0 if all is as promised, 1 if they ran and the answer is no, 2 if they could
/// not run. `CLOAKROOM_LOG` says what is logged to standard error: error, warn, info, debug.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(Demo),
    Serve(Serve),
    Apply(Apply),
    DeleteStack(DeleteStack),
    Explain(Explain),
    Credentials(Credentials),
    Iam(Iam),
    Outbox(Outbox),
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("CLOAKROOM_LOG").unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let outcome = match Cli::parse().command {
        Command::Demo(demo) => Box::pin(demo.run()).await,
        Command::Serve(serve) => serve.run().await,
        Command::Apply(apply) => apply.run().await,
        Command::DeleteStack(delete) => delete.run().await,
        Command::Explain(explain) => explain.run().await,
        Command::Credentials(credentials) => credentials.run().await,
        Command::Iam(iam) => iam.run(),
        Command::Outbox(outbox) => outbox.run().await,
    };
    exit_code(outcome)
}

fn exit_code(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(Verdict::Yes) => ExitCode::SUCCESS,
        Ok(Verdict::No) => ExitCode::from(1),
        Err(error) => {
            output::complain(&format!("cloakroom: {}\n", chain(&*error)));
            ExitCode::from(2)
        }
    }
}

/// An error and its causes, each said once.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_argument_of_every_command_is_explained() {
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {argument}", command.get_name());
            }
        }
    }

    #[test]
    fn ids_are_checked_when_they_are_read() {
        let sign_in = |pool: &str| {
            Cli::try_parse_from([
                "cloakroom",
                "credentials",
                "--user",
                "*",
                "--user-pool-id",
                pool,
                "--client-id",
                "c",
                "--identity-pool-id",
                "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e",
            ])
        };
        assert!(sign_in("us-east-1_abcdefghi").is_ok());
        assert!(sign_in("../abc").is_err());
    }

    #[test]
    fn a_cause_is_said_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("a: {0}")]
        struct Outer(#[source] std::fmt::Error);
        let cause = std::fmt::Error;
        assert_eq!(chain(&Outer(cause)), format!("a: {cause}"));
    }
}
