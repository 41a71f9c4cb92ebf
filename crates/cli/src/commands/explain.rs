use std::{fmt::Write as _, sync::Arc};

use clap::builder::styling::Style;
use iam::{Decision, Effect, ExplainedPolicy, ExplainedStatement, Explanation, Failed, Tried};
use serde::Deserialize;
use types::{Timestamp, Uuid};

use super::{Outcome, Verdict};
use crate::{
    aws::{CallError, Client, Endpoint, Environment, QueryService, Surroundings},
    output::{complain, print},
    serving::SystemClock,
};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Say why a request was refused: who asked, for what, and why no statement allowed it
///
/// A refusal's request id is in its answer (x-amz-request-id, x-amzn-requestid). The server is asked
/// with `sts:DecodeAuthorizationMessage`, by whoever the environment or an AWS profile says; it
/// takes a permission of that name, and tells of requests in that caller's account only.
///
/// Ends with 0 if the refusal was found, 1 if there is none or it may not be told, 2 if the command
/// could not run.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The refused request's id
    request_id: Uuid,
    /// The AWS profile to ask with [default: the environment's credentials, or `AWS_PROFILE`]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Where the server is [default: `AWS_ENDPOINT_URL`, or the profile's]
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<Endpoint>,
    /// Print what the server tells as one JSON document
    #[arg(long)]
    json: bool,
}

/// What the server tells. It may tell more than is printed here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refused {
    time: Timestamp,
    operation: String,
    access_key_id: Option<String>,
    source_ip: Option<String>,
    explanation: Explanation,
}

impl Explain {
    pub(crate) async fn run(self) -> Outcome {
        let environment = |name: &str| std::env::var(name).ok();
        let Surroundings { endpoint, region, credentials } =
            Surroundings::read(&Environment(&environment), self.endpoint_url, self.profile)?;
        let client = Client::new(endpoint, region, Arc::new(SystemClock)).signed_by(&credentials);
        let request_id = self.request_id.to_string();
        let parameters = [("EncodedMessage", request_id.as_str())];
        let operation = "DecodeAuthorizationMessage";
        let message = match client.query(QueryService::Sts, operation, &parameters).await {
            Ok(answer) => answer.element(operation, "DecodedMessage")?,
            Err(refused @ CallError::Refused { .. }) => {
                complain(&format!("cloakroom: {refused}\n"));
                return Ok(Verdict::No);
            }
            Err(error) => return Err(error.into()),
        };
        let text = if self.json {
            format!("{message}\n")
        } else {
            render(&serde_json::from_str(&message)?)
        };
        print(&text)?;
        Ok(Verdict::Yes)
    }
}

fn render(refused: &Refused) -> String {
    let mut text = String::new();
    // Writing into a String does not fail.
    let _ = write(&mut text, refused);
    text
}

fn write(text: &mut String, refused: &Refused) -> std::fmt::Result {
    let Explanation { principal, action, resource, decision, policies, .. } = &refused.explanation;
    writeln!(text, "{BOLD}{action} was refused{BOLD:#}, {}.", decision.reason(action))?;
    writeln!(text)?;
    writeln!(text, "  who   {principal}")?;
    writeln!(text, "  what  {action} ({})", refused.operation)?;
    writeln!(text, "  on    {resource}")?;
    write!(text, "  when  {}", refused.time)?;
    if let Some(address) = &refused.source_ip {
        write!(text, ", from {address}")?;
    }
    if let Some(id) = &refused.access_key_id {
        write!(text, ", with the access key {id}")?;
    }
    writeln!(text)?;
    if policies.is_empty() {
        writeln!(text, "\nNo policy was there to allow it.")?;
    }
    for policy in policies {
        write_policy(text, policy, decision)?;
    }
    Ok(())
}

/// Numbers are counted from 1 for people, from 0 in JSON.
fn write_policy(
    text: &mut String,
    policy: &ExplainedPolicy,
    decision: &Decision,
) -> std::fmt::Result {
    let source = policy.source.as_ref().map_or(String::new(), |source| format!(" ({source})"));
    writeln!(text, "\n{BOLD}{} {}{BOLD:#}{source}", policy.kind.name(), policy.number + 1)?;
    for statement in &policy.statements {
        let ExplainedStatement { number, sid, effect, failed, .. } = statement;
        let sid = sid.as_ref().map_or(String::new(), |sid| format!(" {sid:?}"));
        let effect = match effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        };
        write!(text, "  statement {}{sid}, {effect}: ", number + 1)?;
        match failed {
            Some(failed) => write_failed(text, failed)?,
            None if matches!(decision, Decision::ImplicitDeny { .. }) => {
                writeln!(text, "applies, but does not suffice")?;
            }
            None => writeln!(text, "applies")?,
        }
    }
    Ok(())
}

fn write_failed(text: &mut String, failed: &Failed) -> std::fmt::Result {
    match failed {
        Failed::Principal { negated, entries, actual, .. } => {
            element(text, "Principal", *negated, actual)?;
            for entry in entries {
                writeln!(text, "      policy   {entry}")?;
            }
            Ok(())
        }
        Failed::Action { negated, tried, actual } => {
            element(text, "Action", *negated, actual)?;
            tried.iter().try_for_each(|tried| write_tried(text, tried))
        }
        Failed::Resource { negated, tried, actual } => {
            element(text, "Resource", *negated, actual)?;
            tried.iter().try_for_each(|tried| write_tried(text, tried))
        }
        Failed::Condition { operator, key, actual, tried, .. } => {
            writeln!(text, "does not apply, its Condition {operator} {key} is not met")?;
            match actual {
                None => writeln!(text, "      request  {DIM}does not have {key}{DIM:#}")?,
                Some(values) => {
                    for value in values {
                        writeln!(text, "      request  {value:?}")?;
                    }
                }
            }
            tried.iter().try_for_each(|tried| write_tried(text, tried))
        }
    }
}

fn element(text: &mut String, name: &str, negated: bool, actual: &str) -> std::fmt::Result {
    let not = if negated { "Not" } else { "" };
    writeln!(text, "does not apply, by its {not}{name}")?;
    writeln!(text, "      request  {actual}")
}

fn write_tried(text: &mut String, tried: &Tried) -> std::fmt::Result {
    let mark = if tried.matched { "  (matches)" } else { "" };
    writeln!(text, "      policy   {}{mark}", tried.written)?;
    if let Some(resolved) = &tried.resolved {
        writeln!(text, "             = {resolved}")?;
    }
    for variable in tried.variables.iter().filter(|variable| variable.value.is_none()) {
        writeln!(
            text,
            "               {DIM}${{{}}} has no value in this request{DIM:#}",
            variable.key
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use iam::{MapContext, Policies, Policy, PolicyKind, Principal, Request, explain};
    use serde_json::json;

    use super::*;

    const ROLE_POLICY: &str = include_str!("../../../../examples/demo/role-policy.json");

    fn explained(action: &str, resource: &str, context: &MapContext) -> String {
        let role = "arn:aws:iam::123456789012:user/admin".parse().unwrap();
        let text = ROLE_POLICY.replace("BUCKET", "bucket");
        let policy = Policy::parse(&text, PolicyKind::Identity).unwrap().compile();
        let identity = [policy.into()];
        let policies = Policies { identity: &identity, ..Policies::default() };
        let request = Request {
            principal: &Principal::User(role),
            action,
            resource,
            resource_account: "123456789012".parse().ok(),
            context,
        };
        let refused = json!({
            "requestId": "0f8fad5b-d9cb-469f-a165-70867728950e",
            "time": "2026-01-02T03:04:05Z",
            "operation": "s3:Operation",
            "principal": "ignored",
            "accessKeyId": "ASIAABCDEFGHIJKLMNOP",
            "sourceIp": "127.0.0.1",
            "explanation": explain(&policies, &request),
        });
        strip_str(&render(&serde_json::from_value(refused).unwrap())).to_string()
    }

    #[test]
    fn another_s_file() {
        let context = MapContext::new([("cognito-identity.amazonaws.com:sub", "us-east-1:admin")]);
        let resource = "arn:aws:s3:::bucket/cognito-test/us-east-1:user/data.txt";
        insta::assert_snapshot!(explained("s3:GetObject", resource, &context));
    }

    #[test]
    fn a_list_without_the_prefix() {
        let context = MapContext::default();
        insta::assert_snapshot!(explained("s3:ListBucket", "arn:aws:s3:::bucket", &context));
    }
}
