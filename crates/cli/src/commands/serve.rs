use std::{net::SocketAddr, path::PathBuf};

use serde_json::json;

use super::{Outcome, Verdict};
use crate::{
    output::print,
    serving::{self, Settings},
    stop_signal,
};

/// Serve Cognito, STS, IAM and S3 until Ctrl-C
///
/// Root's credentials are taken from `CLOAKROOM_ROOT_ACCESS_KEY_ID` and
/// `CLOAKROOM_ROOT_SECRET_ACCESS_KEY`; without them they are made and kept with the data.
///
/// Ends with 0 when it was asked to stop, 2 if it could not serve.
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 lets the system choose [default: 127.0.0.1:4566]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The configuration file; what is given here wins over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Keep everything in this directory [default: cloakroom-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Print the address as one line of JSON
    #[arg(long)]
    json: bool,
}

impl Serve {
    pub(crate) async fn run(self) -> Outcome {
        let Self { listen, config, data_dir, json } = self;
        let running = serving::start(Settings { config, listen, data_dir }).await?;
        let endpoint = running.endpoint().to_string();
        if json {
            print(&format!("{}\n", json!({ "endpoint": endpoint })))?;
        } else {
            print(&format!("Serving at {endpoint} until Ctrl-C\n"))?;
        }
        stop_signal::received().await;
        running.stop().await;
        Ok(Verdict::Yes)
    }
}
