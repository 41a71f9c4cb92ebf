use std::{
    io::{self, IsTerminal as _},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
};

use serde_json::json;
use tokio::select;

use super::{
    Outcome, Verdict,
    apply::{Teller, ended},
};
use crate::{
    aws::{CallError, Client},
    output::print,
    private_file::{self, WriteError},
    serving::{self, Running, Settings, SystemClock, SystemEntropy},
    stack::{
        apply::{Applied, Request, apply},
        operations::Stacks,
        template_file::{TemplateFile, TemplateFileError, stack_name},
    },
    stop_signal::StopSignal,
};

/// Serve Cognito, STS, IAM, S3 and CloudFormation until Ctrl-C
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
    /// Apply this CloudFormation template first, as root, to the stack that is called as the file
    /// is without its extension (may be repeated)
    #[arg(long, value_name = "FILE")]
    template: Vec<PathBuf>,
    /// Print the address as one line of JSON
    #[arg(long)]
    json: bool,
}

impl Serve {
    pub(crate) async fn run(self) -> Outcome {
        let Self { listen, config, data_dir, template, json } = self;
        let templates = read(&template)?;
        let mut stop = StopSignal::listen()?;
        let running = serving::start(Settings { config, listen, data_dir }).await?;
        let applied = select! {
            applied = apply_all(&running, &templates) => applied,
            () = stop.received() => {
                running.stop().await;
                return Ok(Verdict::Yes);
            }
        };
        if let Err(error) = applied {
            running.stop().await;
            return Err(error.into());
        }
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

/// A template with the name of its stack.
struct Named {
    path: PathBuf,
    stack: String,
    file: TemplateFile,
}

/// Why a template was not applied.
#[derive(Debug, thiserror::Error)]
enum ApplyError {
    #[error("{path} could not be applied: {source}", path = path.display())]
    Call { path: PathBuf, source: CallError },
    #[error("{path} could not be applied: {reasons}", path = path.display())]
    Failed { path: PathBuf, reasons: String },
}

/// Reads all templates before anything is started.
fn read(paths: &[PathBuf]) -> Result<Vec<Named>, TemplateFileError> {
    let named = |path: &PathBuf| {
        let stack = stack_name(None, path)?;
        Ok(Named { path: path.clone(), stack, file: TemplateFile::read(path)? })
    };
    paths.iter().map(named).collect()
}

/// Applies the templates one after the other, by signed requests of root's.
async fn apply_all(running: &Running, templates: &[Named]) -> Result<(), ApplyError> {
    let (endpoint, region) = (running.endpoint(), running.region().clone());
    let root = Client::new(endpoint, region, Arc::new(SystemClock)).signed_by(&running.root());
    for Named { path, stack, file } in templates {
        let request = Request {
            stack,
            template: &file.text,
            declared: &file.parameters(),
            parameters: &[],
            role_arn: None,
            execute: true,
        };
        let mut nobody = Teller { quiet: true };
        let applied = apply(Stacks(&root), &request, &SystemEntropy, &mut nobody);
        let failed = |reasons| ApplyError::Failed { path: path.clone(), reasons };
        match applied.await {
            Ok(Applied::Unchanged(_) | Applied::Shown(_) | Applied::Done { .. }) => {}
            Ok(Applied::Refused(reason)) => return Err(failed(reason)),
            Ok(Applied::Failed { status, reasons }) => {
                return Err(failed(format!("{}; {}", ended(&status), reasons.join("; "))));
            }
            Err(source) => return Err(ApplyError::Call { path: path.clone(), source }),
        }
    }
    Ok(())
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
