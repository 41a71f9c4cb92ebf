use std::sync::Arc;

use serde_json::json;

use super::{Outcome, Verdict, apply::Teller};
use crate::{
    aws::{CallError, Client, Endpoint, Environment, Surroundings},
    output::{complain, print},
    serving::SystemClock,
    stack::{apply, operations::Stacks},
};

/// Delete a stack and what it made
///
/// Resources with `DeletionPolicy: Retain` stay. A bucket with objects in it is not deleted, and
/// neither is its stack then, as on AWS.
///
/// Ends with 0 if there is no such stack any more, 1 if it could not be deleted, 2 if the command
/// could not run.
#[derive(Debug, clap::Args)]
pub(crate) struct DeleteStack {
    /// The stack's name
    stack: String,
    /// The role that CloudFormation acts as, instead of the one the stack was made with
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
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

impl DeleteStack {
    pub(crate) async fn run(self) -> Outcome {
        let environment = |name: &str| std::env::var(name).ok();
        let Surroundings { endpoint, region, credentials } =
            Surroundings::read(&Environment(&environment), self.endpoint_url, self.profile)?;
        let client = Client::new(endpoint, region, Arc::new(SystemClock)).signed_by(&credentials);
        let mut teller = Teller { quiet: self.json };
        let stack = &self.stack;
        let role = self.role_arn.as_deref();
        let deleted = match apply::delete(Stacks(&client), stack, role, &mut teller).await {
            Ok(deleted) => deleted,
            Err(refused @ CallError::Refused { .. }) => {
                complain(&format!("cloakroom: {refused}\n"));
                return Ok(Verdict::No);
            }
            Err(error) => return Err(error.into()),
        };
        let (text, reasons) = match &deleted {
            None => (format!("There is no stack {stack}.\n"), &[][..]),
            Some(Ok(())) => (format!("The stack {stack} is deleted.\n"), &[][..]),
            Some(Err(reasons)) => {
                let listed = reasons.join("\n  ");
                (
                    format!("The stack {stack} could not be deleted:\n  {listed}\n"),
                    reasons.as_slice(),
                )
            }
        };
        let gone = !matches!(deleted, Some(Err(_)));
        let document = json!({ "stack": stack, "deleted": gone, "reasons": reasons });
        print(&if self.json { format!("{document}\n") } else { text })?;
        Ok(if gone { Verdict::Yes } else { Verdict::No })
    }
}
