//! The one seam to the server: what this binary asks of it beyond AWS's own operations.

use std::{net::SocketAddr, path::PathBuf};

use crate::aws::{Credentials, Endpoint};

/// Where and from what a server runs.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// A `cloakroom.toml`; what stands below wins over it.
    pub(crate) config: Option<PathBuf>,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) data_dir: Option<PathBuf>,
}

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServingError {
    #[error(
        "{address} is taken by another program; choose another port with --listen {suggestion}, \
         or let the system choose one with --listen {any}",
        suggestion = next_port(*address), any = SocketAddr::new(address.ip(), 0)
    )]
    AddressInUse { address: SocketAddr },
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

fn next_port(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port().checked_add(1).unwrap_or(0))
}

/// A server in this process.
pub(crate) struct Running {}

/// Starts a server, which answers from then on.
pub(crate) async fn start(settings: Settings) -> Result<Running, ServingError> {
    let _ = settings;
    Err(ServingError::Other("the server is not linked yet".into()))
}

impl Running {
    pub(crate) fn endpoint(&self) -> Endpoint {
        unreachable!()
    }

    /// Root's credentials of the first account.
    pub(crate) fn root(&self) -> Credentials {
        unreachable!()
    }

    /// Credentials of a session of this role and identity that has ended already, sealed by the
    /// server's own key ring. No AWS operation gives out such ones, and none can be waited for: the
    /// shortest lasts 15 minutes.
    pub(crate) async fn expired_session(
        &self,
        role_arn: &str,
        identity_id: &str,
        identity_pool_id: &str,
    ) -> Result<Credentials, ServingError> {
        let _ = (role_arn, identity_id, identity_pool_id);
        Err(ServingError::Other("the server is not linked yet".into()))
    }

    /// Lets running requests end, then stops.
    pub(crate) async fn stop(self) {}
}

/// The system's clock.
pub(crate) struct SystemClock;

impl types::Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "until the server is linked")]
    fn now(&self) -> types::Timestamp {
        types::Timestamp::now()
    }
}

/// The system's random source.
pub(crate) struct SystemEntropy;

impl types::Entropy for SystemEntropy {
    fn fill(&self, _buffer: &mut [u8]) {
        unreachable!()
    }
}
