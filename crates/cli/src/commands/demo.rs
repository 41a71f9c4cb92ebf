use std::{
    fs::{self, Permissions},
    io,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressFinish};
use serde_json::{Value, json};
use tokio::select;
use types::SignedDuration;

use super::{Outcome, Verdict};
use crate::{
    aws::Client,
    demo::{
        judgement::Cell,
        matrix::{Stage, invented},
        profile::Profiles,
        report,
        system::{self, System},
        template, usage,
    },
    output::print,
    serving::{self, Login, Running, Settings, SystemClock, SystemEntropy},
    stack::template_file::TemplateFile,
    stop_signal::StopSignal,
};

/// See who reaches whose folder: starts a server, makes a system of two users, and tries everybody
/// against everything.
///
/// The system is described by a CloudFormation template, which is applied first. Two users sign in at a user pool, exchange their ID tokens at an identity pool for credentials,
/// and have a folder each in one bucket. Then both of them, a forged token, a token of another
/// pool, an expired session and nobody try to read, write, delete and list what is theirs and what
/// is not. Every cell of the matrix is an HTTP request through the server's front door, compared
/// with what Cloakroom promises.
///
/// Ends with 0 if every cell is as promised, 1 if not, 2 if the demo could not run.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// End after the matrix instead of serving until Ctrl-C
    #[arg(long)]
    once: bool,
    /// Where to listen; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4566")]
    listen: SocketAddr,
    /// Keep everything in this directory [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Make the system that this template describes
    ///
    /// Start from examples/demo/template.yaml, or from template-private.yaml, which hides the names
    /// of others' files too. Its Metadata says what it promises of names; its outputs, where to find
    /// what the demo tries.
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Take the roles' policy from this file, with BUCKET where the bucket's name goes
    ///
    /// Start from examples/demo/role-policy.json. Widen or narrow a statement, and see which cells
    /// are no longer as promised.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Print the matrix as one JSON document
    #[arg(long)]
    json: bool,
}

/// Why a demo could not begin.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    #[error("the policy {path} cannot be read: {source}", path = path.display())]
    Policy { path: PathBuf, source: io::Error },
    #[error("the data directory {path} cannot be made: {source}", path = path.display())]
    DataDirectory { path: PathBuf, source: io::Error },
}

/// The data directory, with the temporary one that it may be.
struct DataDirectory {
    path: PathBuf,
    temporary: Option<tempfile::TempDir>,
}

/// What a demo found, and made.
struct Played {
    system: System,
    cells: Vec<Cell>,
    took: Duration,
}

impl Demo {
    pub(crate) async fn run(self) -> Outcome {
        let begun = Instant::now();
        let read = |path: &PathBuf| {
            fs::read_to_string(path)
                .map_err(|source| DemoError::Policy { path: path.clone(), source })
        };
        let policy = self.policy.as_ref().map(read).transpose()?;
        let template = template::read(self.template.as_deref(), policy.as_deref())?;
        let data = DataDirectory::make(self.data_dir.as_deref())?;
        let running = serving::start(Settings {
            config: None,
            listen: Some(self.listen),
            data_dir: Some(data.path.clone()),
        })
        .await?;
        // An interrupt must not leave the temporary directory behind.
        let mut stop = StopSignal::listen()?;
        let outcome = select! {
            played = play(&running, &template, begun) => Some(played),
            () = stop.received() => None,
        };
        let outcome = match outcome {
            Some(Ok(played)) => self.present(&running, &data, &played, &mut stop).await,
            Some(Err(error)) => Err(error),
            None => Ok(Verdict::No),
        };
        running.stop().await;
        outcome
    }

    async fn present(
        &self,
        running: &Running,
        data: &DataDirectory,
        played: &Played,
        stop: &mut StopSignal,
    ) -> Outcome {
        let mut text = report::render(played.system.names, &played.cells, played.took);
        let mut server = Value::Null;
        if !self.once {
            let program = std::env::current_exe()?;
            let endpoint = running.endpoint();
            let aws = data.path.join("aws");
            let profiles =
                Profiles::write(&aws, &program, &endpoint, &running.root(), &played.system)?;
            let (system, cells) = (&played.system, &played.cells);
            text += &usage::render(&program, &endpoint, &profiles, system, cells, &data.kept());
            server = json!({
                "endpoint": endpoint.to_string(),
                "awsConfigFile": profiles.config,
                "awsSharedCredentialsFile": profiles.credentials,
                "summary": profiles.summary,
            });
        }
        let document = report::json(played.system.names, &played.cells, played.took, &server);
        print(&if self.json { format!("{document}\n") } else { text })?;
        if !self.once {
            stop.received().await;
        }
        let kept = report::all_as_promised(&played.cells);
        Ok(if kept { Verdict::Yes } else { Verdict::No })
    }
}

async fn play(
    running: &Running,
    template: &TemplateFile,
    begun: Instant,
) -> Result<Played, Box<dyn std::error::Error>> {
    // It hides itself where standard error is not a terminal.
    let bar = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
    bar.enable_steady_tick(Duration::from_millis(80));
    let progress = |step: &str| bar.set_message(format!("{step} …"));
    let entropy = SystemEntropy;
    let names = template::promise(&template.template)?;
    let region = running.region().clone();
    let unsigned = Client::new(running.endpoint(), region, Arc::new(SystemClock));
    let root = unsigned.signed_by(&running.root());
    let system =
        Box::pin(system::build(&root, &unsigned, template, names, &entropy, &progress)).await?;
    progress("Trying everybody against everything");
    let user = &system.user;
    let login = Login {
        role_arn: &user.role.arn,
        role_id: &user.role.id,
        identity_id: &user.identity_id,
        identity_pool_id: &system.identity_pool_id,
        user_pool_id: &system.pool.id,
    };
    let stage = Stage {
        system: &system,
        root: &root,
        unsigned: &unsigned,
        expired: running.session(&login, SignedDuration::from_mins(-1))?,
        unexpired: running.session(&login, SignedDuration::from_mins(59))?,
        invented: invented(&entropy),
    };
    let cells = stage.play().await?;
    Ok(Played { system, cells, took: begun.elapsed() })
}

impl DataDirectory {
    fn make(given: Option<&Path>) -> Result<Self, DemoError> {
        let Some(path) = given else {
            let temporary = tempfile::Builder::new()
                .prefix("cloakroom-demo-")
                .permissions(Permissions::from_mode(0o700))
                .tempdir()
                .map_err(|source| DemoError::DataDirectory {
                    path: std::env::temp_dir(),
                    source,
                })?;
            let path = temporary.path().to_owned();
            return Ok(Self { path, temporary: Some(temporary) });
        };
        // Profiles name files in it, and are used from anywhere.
        fs::create_dir_all(path)
            .and_then(|()| path.canonicalize())
            .map(|path| Self { path, temporary: None })
            .map_err(|source| DemoError::DataDirectory { path: path.to_owned(), source })
    }

    fn kept(&self) -> String {
        let path = self.path.display();
        match self.temporary {
            Some(_) => format!("All data is in {path}, which is removed at the end."),
            None => format!("All data stays in {path}."),
        }
    }
}
