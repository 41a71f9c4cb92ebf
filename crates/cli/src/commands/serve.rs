use std::{
    io::{self, IsTerminal as _},
    net::SocketAddr,
    path::PathBuf,
};

use serde_json::json;

use super::{Outcome, Verdict};
use crate::{
    output::print,
    private_file::{self, WriteError},
    serving::{self, Running, Settings},
    stop_signal::StopSignal,
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
        let mut stop = StopSignal::listen()?;
        let running = serving::start(Settings { config, listen, data_dir }).await?;
        let endpoint = running.endpoint().to_string();
        let root = if running.root_is_new() { Some(hand_out_root(&running, json)?) } else { None };
        if json {
            print(&format!("{}\n", json!({ "endpoint": endpoint })))?;
        } else {
            print(&format!("Serving at {endpoint} until Ctrl-C\n{}", root.unwrap_or_default()))?;
        }
        stop.received().await;
        running.stop().await;
        Ok(Verdict::Yes)
    }
}

/// Root's new credentials: on a terminal they are shown this once, otherwise (where output ends up
/// in a log) they go into a file that only its owner reads.
fn hand_out_root(running: &Running, json: bool) -> Result<String, WriteError> {
    let root = running.root();
    let secret = root.secret_access_key.expose();
    if io::stdout().is_terminal() && !json {
        return Ok(format!(
            "Root's new credentials, shown this once:\n  AWS_ACCESS_KEY_ID={}\n  \
             AWS_SECRET_ACCESS_KEY={secret}\n",
            root.access_key_id
        ));
    }
    let path = running.data_dir().join("root-credentials");
    let id = &root.access_key_id;
    let text = format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    private_file::write(&path, &text)?;
    Ok(format!(
        "Root's new credentials are in {}, in the form of an AWS credentials file\n",
        path.display()
    ))
}
