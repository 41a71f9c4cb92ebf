use std::{path::PathBuf, sync::Arc};

use clap::builder::styling::{AnsiColor, Style};
use serde_json::{Value, json};

use super::{Outcome, Verdict};
use crate::{
    aws::{CallError, Client, Endpoint, Environment, Surroundings},
    output::{complain, print},
    serving::{SystemClock, SystemEntropy},
    stack::{
        apply::{self, Applied, Request, Watcher},
        operations::{Action, Change, Output, Stack, StackEvent, Stacks},
        template_file::{TemplateFile, TemplateFileError, stack_name},
    },
};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Make a stack what a template says: create it, or update it
///
/// The template is a CloudFormation template in YAML or JSON. It is checked first, then sent to the
/// server (`CreateChangeSet`), by whoever the environment or an AWS profile says; what would change
/// is shown, then done (`ExecuteChangeSet`) and reported as it happens. If anything fails,
/// everything is taken back. Making IAM resources is acknowledged by calling this command
/// (`CAPABILITY_IAM` and `CAPABILITY_NAMED_IAM`).
///
/// Ends with 0 if the stack is as the template says, 1 if it is not and why was printed, 2 if the
/// command could not run.
#[derive(Debug, clap::Args)]
pub(crate) struct Apply {
    /// The template's file
    file: PathBuf,
    /// The stack's name [default: the file's, without its extension]
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    /// The value of a parameter (may be repeated); others keep the stack's value or the default
    #[arg(long, value_name = "KEY=VALUE", value_parser = parameter)]
    parameter: Vec<(String, String)>,
    /// The role that CloudFormation acts as, instead of the caller
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// Only show what would change
    #[arg(long)]
    no_execute: bool,
    /// The AWS profile to ask with [default: the environment's credentials, or `AWS_PROFILE`]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Where the server is [default: `AWS_ENDPOINT_URL`, or the profile's]
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<Endpoint>,
    /// Print one JSON document at the end, and nothing else
    #[arg(long)]
    json: bool,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

impl Apply {
    pub(crate) async fn run(self) -> Outcome {
        let file = match TemplateFile::read(&self.file) {
            Err(wrong @ TemplateFileError::Wrong { .. }) => {
                complain(&format!("cloakroom: {wrong}\n"));
                return Ok(Verdict::No);
            }
            file => file?,
        };
        let stack = stack_name(self.stack.as_deref(), &self.file)?;
        let environment = |name: &str| std::env::var(name).ok();
        let Surroundings { endpoint, region, credentials } =
            Surroundings::read(&Environment(&environment), self.endpoint_url, self.profile)?;
        let client = Client::new(endpoint, region, Arc::new(SystemClock)).signed_by(&credentials);
        let request = Request {
            stack: &stack,
            template: &file.text,
            declared: &file.parameters(),
            parameters: &self.parameter,
            role_arn: self.role_arn.as_deref(),
            execute: !self.no_execute,
        };
        let mut teller = Teller { quiet: self.json };
        match apply::apply(Stacks(&client), &request, &SystemEntropy, &mut teller).await {
            Ok(applied) => present(&stack, &applied, self.json),
            Err(refused @ CallError::Refused { .. }) => {
                complain(&format!("cloakroom: {refused}\n"));
                Ok(Verdict::No)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Prints what happens, as it happens.
pub(super) struct Teller {
    pub(super) quiet: bool,
}

impl Teller {
    fn tell(&self, text: &str) {
        if !self.quiet {
            // That nobody reads it any more must not keep the stack from being watched.
            let _ = print(text);
        }
    }
}

impl Watcher for Teller {
    fn note(&mut self, note: &str) {
        self.tell(&format!("{DIM}{note} …{DIM:#}\n"));
    }

    fn changes(&mut self, stack: &str, changes: &[Change]) {
        self.tell(&listed(stack, changes));
    }

    fn event(&mut self, event: &StackEvent) {
        self.tell(&line(event));
    }
}

fn listed(stack: &str, changes: &[Change]) -> String {
    let width = changes.iter().map(|change| change.logical_id.chars().count()).max().unwrap_or(0);
    let mut lines = vec![format!("{BOLD}Changes of the stack {stack}:{BOLD:#}\n")];
    lines.extend(changes.iter().map(|Change { action, logical_id, kind }| {
        let (mark, word) = match action {
            Action::Create => ("+", "create"),
            Action::Update => ("~", "update"),
            Action::Replace => ("±", "replace"),
            Action::Delete => ("-", "delete"),
        };
        format!("  {mark} {word:<8} {logical_id:<width$}  {DIM}{kind}{DIM:#}\n")
    }));
    lines.concat()
}

fn line(event: &StackEvent) -> String {
    let StackEvent { status, logical_id, kind, reason, .. } = event;
    let style = if status.ends_with("_FAILED") {
        BAD
    } else if status.ends_with("_COMPLETE") {
        GOOD
    } else {
        DIM
    };
    let reason = if reason.is_empty() { String::new() } else { format!(" {reason}") };
    format!("  {style}{status:<28}{style:#} {logical_id} {DIM}{kind}{DIM:#}{reason}\n")
}

fn present(stack: &str, applied: &Applied, as_json: bool) -> Outcome {
    if as_json {
        print(&format!("{}\n", document(stack, applied)))?;
    } else {
        print(&summary(stack, applied))?;
    }
    Ok(match applied {
        Applied::Unchanged(_) | Applied::Shown(_) | Applied::Done { .. } => Verdict::Yes,
        Applied::Refused(_) | Applied::Failed { .. } => Verdict::No,
    })
}

fn summary(name: &str, applied: &Applied) -> String {
    match applied {
        Applied::Unchanged(stack) => {
            format!("The stack {name} is so already.\n{}", outputs(&stack.outputs))
        }
        Applied::Shown(_) => "Nothing was changed.\n".to_owned(),
        Applied::Done { stack: Stack { status, outputs: told, .. }, changes } => {
            let count = |action| changes.iter().filter(|change| change.action == action).count();
            format!(
                "{GOOD}The stack {name} is {status}:{GOOD:#} {} created, {} updated, {} replaced, \
                 {} deleted.\n{}",
                count(Action::Create),
                count(Action::Update),
                count(Action::Replace),
                count(Action::Delete),
                outputs(told)
            )
        }
        Applied::Refused(reason) => {
            format!("{BAD}The stack {name} cannot be so:{BAD:#} {reason}\n")
        }
        Applied::Failed { status, reasons } => {
            let mut lines = vec![format!(
                "{BAD}The stack {name} could not be made so:{BAD:#} {}\n",
                ended(status)
            )];
            lines.extend(reasons.iter().map(|reason| format!("  {reason}\n")));
            lines.concat()
        }
    }
}

/// What a failed operation leaves.
pub(super) fn ended(status: &str) -> String {
    match status {
        "ROLLBACK_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE" | "DELETE_COMPLETE" => {
            format!("everything was rolled back ({status})")
        }
        _ => format!("it is {status}"),
    }
}

fn outputs(outputs: &[Output]) -> String {
    if outputs.is_empty() {
        return String::new();
    }
    let width = outputs.iter().map(|output| output.key.chars().count()).max().unwrap_or(0);
    let mut lines = vec![format!("{BOLD}Outputs:{BOLD:#}\n")];
    lines.extend(outputs.iter().map(|Output { key, value, description }| {
        let description =
            if description.is_empty() { String::new() } else { format!("  {description}") };
        format!("  {key:<width$}  {value}{DIM}{description}{DIM:#}\n")
    }));
    lines.concat()
}

fn document(name: &str, applied: &Applied) -> Value {
    let changes = |changes: &[Change]| -> Value {
        let word = |action| match action {
            Action::Create => "create",
            Action::Update => "update",
            Action::Replace => "replace",
            Action::Delete => "delete",
        };
        changes
            .iter()
            .map(|change| {
                json!({
                    "action": word(change.action),
                    "logicalId": change.logical_id,
                    "type": change.kind,
                })
            })
            .collect()
    };
    let outputs = |stack: &Stack| -> Value {
        let outputs = stack.outputs.iter();
        Value::Object(outputs.map(|one| (one.key.clone(), json!(one.value))).collect())
    };
    match applied {
        Applied::Unchanged(stack) => json!({
            "stack": name, "stackId": stack.id, "status": stack.status, "applied": true,
            "changes": [], "outputs": outputs(stack),
        }),
        Applied::Shown(shown) => {
            json!({ "stack": name, "applied": false, "changes": changes(shown) })
        }
        Applied::Done { stack, changes: done } => json!({
            "stack": name, "stackId": stack.id, "status": stack.status, "applied": true,
            "changes": changes(done), "outputs": outputs(stack),
        }),
        Applied::Refused(reason) => {
            json!({ "stack": name, "applied": false, "reasons": [reason] })
        }
        Applied::Failed { status, reasons } => {
            json!({ "stack": name, "status": status, "applied": false, "reasons": reasons })
        }
    }
}
