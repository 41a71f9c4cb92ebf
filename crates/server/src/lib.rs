//! The front door: listener, routing, limits, composition, graceful stop.
//!
//! [`start`] composes the process: it takes the data directory, opens the stores, hands every
//! service what it stands on, and listens. [`route::route`] finds the service of a request; what is
//! allowed is decided behind it, by the gate alone. No SQL and no policy logic is in here.

mod accounts;
mod compose;
mod config;
mod cors;
mod data_directory;
mod door;
mod idle;
mod listener;
mod pace;
pub mod route;
mod system;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

pub use accounts::{Roots, RootsError};
pub use compose::ComposeError;
pub use config::{Config, ConfigError, Issuer};
pub use data_directory::{DataDirectory, DataDirectoryError, write_private};
pub use gate::RootUser;
use session::{KeyRing, SealError, Session, SessionCredentials};
pub use system::{SystemClock, SystemEntropy};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use types::{Clock, Entropy};

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("{address} cannot be listened on: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Another address than loopback, without TLS, and nobody said that this is meant.
    #[error(
        "{0} can be reached from other machines, and there is no TLS: passwords and tokens would \
         travel readable. Listen on 127.0.0.1, give an https public_url of the proxy in front, or \
         set insecure = true"
    )]
    Insecure(SocketAddr),
    /// The data directory cannot be used.
    #[error(transparent)]
    DataDirectory(#[from] DataDirectoryError),
    /// The stores or services could not be put together.
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

/// A server that runs. Dropping it does not stop it; [`Running::stop`] does.
pub struct Running {
    address: SocketAddr,
    public_url: String,
    root: RootUser,
    root_is_new: bool,
    ring: Arc<KeyRing>,
    entropy: Arc<dyn Entropy>,
    operations: Vec<(wire::OperationId, gate::Access)>,
    stop: CancellationToken,
    connections: TaskTracker,
    background: TaskTracker,
    stop_after: Duration,
}

/// Starts a server: returns when it listens.
///
/// The released binary passes [`SystemClock`] and [`SystemEntropy`]; tests that move time pass a
/// clock of their own.
///
/// # Errors
/// [`StartError`]; nothing is left running then.
pub async fn start(
    config: Config,
    roots: Roots,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Running, StartError> {
    let secure_url = config.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    if !config.listen.ip().is_loopback() && !secure_url && !config.insecure {
        return Err(StartError::Insecure(config.listen));
    }
    // Listening comes first: a taken port is found before anything is written.
    let listen = |source| StartError::Listen { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let public_url = match &config.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{address}"),
    };
    let stop = CancellationToken::new();
    let background = TaskTracker::new();
    let composed = compose::compose(
        &config,
        roots,
        &public_url,
        clock.clone(),
        entropy.clone(),
        compose::Background { tasks: background.clone(), stop: stop.clone() },
    )
    .await?;
    let operations = composed.gate.operations();
    let door = Arc::new(door::Door {
        gate: composed.gate,
        entropy: entropy.clone(),
        region: config.region.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
    });
    let connections = TaskTracker::new();
    background.spawn(listener::run(listener, door, connections.clone(), stop.clone()));
    tracing::info!(%address, "listening");
    Ok(Running {
        address,
        public_url,
        root: composed.root,
        root_is_new: composed.root_is_new,
        ring: composed.ring,
        entropy,
        operations,
        stop,
        connections,
        background,
        stop_after: Duration::from_secs(u64::from(config.stop_seconds)),
    })
}

impl Running {
    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How clients reach it.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// The root user of the first account.
    #[must_use]
    pub fn root(&self) -> &RootUser {
        &self.root
    }

    /// Whether that root user was generated just now, so that nobody has seen its secret yet.
    #[must_use]
    pub fn root_is_new(&self) -> bool {
        self.root_is_new
    }

    /// The operations that are served, each with its list.
    #[must_use]
    pub fn operations(&self) -> &[(wire::OperationId, gate::Access)] {
        &self.operations
    }

    /// Seals a session with this server's ring, as the gate does for a granted role. For showing
    /// what happens to sessions that cannot be had by asking, such as one that is over; a session
    /// still needs its role to be there, and is worth no more than that role.
    ///
    /// # Errors
    /// The session does not fit into a token.
    pub fn seal_session(&self, session: &Session) -> Result<SessionCredentials, SealError> {
        self.ring.seal_session(session, &*self.entropy)
    }

    /// Stops: no new connections, running requests end, at most for the configured time.
    pub async fn stop(self) {
        self.stop.cancel();
        self.connections.close();
        self.background.close();
        let ended = async {
            self.connections.wait().await;
            self.background.wait().await;
        };
        if tokio::time::timeout(self.stop_after, ended).await.is_err() {
            tracing::warn!("some requests did not end in time and were cut off");
        }
    }
}
