use std::{fmt::Write as _, sync::Arc};

use clap::builder::styling::Style;
use serde::Deserialize;
use serde_json::{Value, json};
use types::Timestamp;

use super::{Outcome, Verdict};
use crate::{
    aws::{CallError, Client, Endpoint, Environment, JsonService, Surroundings},
    output::{complain, print},
    serving::SystemClock,
};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Show the mail and text messages that would have gone out: codes, invitations
///
/// The server is asked with `cloakroom:ListMessages`, by whoever the environment or an AWS profile
/// says; it takes a permission of that name, and tells of that caller's account and region only. The
/// oldest come first; the server keeps the newest 1,000.
///
/// Ends with 0 if the outbox was read, 1 if it may not be read, 2 if the command could not run.
#[derive(Debug, clap::Args)]
pub(crate) struct Outbox {
    /// Show only messages to this address or telephone number
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// The AWS profile to ask with [default: the environment's credentials, or `AWS_PROFILE`]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Where the server is [default: `AWS_ENDPOINT_URL`, or the profile's]
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<Endpoint>,
    /// Print the messages as a JSON document each, on a line each
    #[arg(long)]
    json: bool,
}

/// A message as it is shown. The server may tell more of it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    medium: String,
    to: String,
    subject: Option<String>,
    body: String,
    source_arn: String,
    sent: f64,
}

impl Outbox {
    pub(crate) async fn run(self) -> Outcome {
        let environment = |name: &str| std::env::var(name).ok();
        let Surroundings { endpoint, region, credentials } =
            Surroundings::read(&Environment(&environment), self.endpoint_url, self.profile)?;
        let client = Client::new(endpoint, region, Arc::new(SystemClock)).signed_by(&credentials);
        let mut token = None;
        loop {
            let page = match page(&client, token).await {
                Ok(page) => page,
                Err(refused @ CallError::Refused { .. }) => {
                    complain(&format!("cloakroom: {refused}\n"));
                    return Ok(Verdict::No);
                }
                Err(error) => return Err(error.into()),
            };
            for message in page.get("Messages").and_then(Value::as_array).into_iter().flatten() {
                if self.to.as_ref().is_some_and(|to| message["To"] != to.as_str()) {
                    continue;
                }
                let text = if self.json {
                    format!("{message}\n")
                } else {
                    render(&serde_json::from_value(message.clone())?)
                };
                print(&text)?;
            }
            token = page.get("NextToken").and_then(Value::as_str).map(str::to_owned);
            if token.is_none() {
                return Ok(Verdict::Yes);
            }
        }
    }
}

async fn page(client: &Client, token: Option<String>) -> Result<Value, CallError> {
    let input = match token {
        Some(token) => json!({ "NextToken": token }),
        None => json!({}),
    };
    client.json(JsonService::Cloakroom, "ListMessages", input).await
}

fn render(message: &Message) -> String {
    let Message { medium, to, subject, body, source_arn, sent } = message;
    let sent = Timestamp::UNIX_EPOCH
        .checked_add(types::SignedDuration::try_from_secs_f64(*sent).unwrap_or_default())
        .unwrap_or(Timestamp::UNIX_EPOCH);
    let mut text = String::new();
    // Writing into a String does not fail.
    let _ = writeln!(text, "{BOLD}{medium} to {to}{BOLD:#}");
    let _ = writeln!(text, "{DIM}{sent}, for {source_arn}{DIM:#}");
    if let Some(subject) = subject {
        let _ = writeln!(text, "  {subject}");
    }
    for line in body.lines() {
        let _ = writeln!(text, "  {line}");
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_with_its_way_time_and_text() {
        let message = json!({
            "MessageId": "0f8fad5b-d9cb-469f-a165-70867728950e",
            "Medium": "EMAIL",
            "To": "ann@example.com",
            "Subject": "Your code",
            "Body": "It is 123456.\nGood bye.",
            "SourceArn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_x",
            "Sent": 1_700_000_000.5,
        });
        let shown =
            anstream::adapter::strip_str(&render(&serde_json::from_value(message).unwrap()))
                .to_string();
        assert_eq!(
            shown,
            "EMAIL to ann@example.com\n2023-11-14T22:13:20.5Z, for \
             arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_x\n  Your code\n  It is \
             123456.\n  Good bye.\n\n"
        );
    }
}
