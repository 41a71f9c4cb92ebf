use std::sync::Arc;

use serde_json::Value;
use types::Uuid;

use super::{Outcome, Verdict};
use crate::{
    aws::{CallError, Client, Endpoint, Environment, QueryService, Surroundings},
    output::{complain, print},
    serving::SystemClock,
};

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

impl Explain {
    pub(crate) async fn run(self) -> Outcome {
        let environment = |name: &str| std::env::var(name).ok();
        let Surroundings { endpoint, region, credentials } =
            Surroundings::read(&Environment(&environment), self.endpoint_url, self.profile)?;
        let client = Client::new(endpoint, region, Arc::new(SystemClock)).signed_by(&credentials);
        let request_id = self.request_id.to_string();
        let parameters = [("EncodedMessage", request_id.as_str())];
        let operation = "DecodeAuthorizationMessage";
        let decoded =
            client.query(QueryService::Sts, operation, &parameters, "DecodedMessage").await;
        let message = match decoded {
            Ok(message) => message,
            Err(refused @ CallError::Refused { .. }) => {
                complain(&format!("cloakroom: {refused}\n"));
                return Ok(Verdict::No);
            }
            Err(error) => return Err(error.into()),
        };
        let event: Value = serde_json::from_str(&message)?;
        let text = if self.json { event.to_string() } else { format!("{event:#}") };
        print(&format!("{text}\n"))?;
        Ok(Verdict::Yes)
    }
}
