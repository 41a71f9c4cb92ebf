//! The one seam to the server: what this binary asks of it beyond AWS's own operations.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use server::{Config, ConfigError, Roots, RootsError, StartError};
pub(crate) use server::{SystemClock, SystemEntropy};
use session::{ClaimValue, Federation, SealError, Session, SessionPrincipal};
use types::{
    Arn, Clock as _, Malformed, Region, SecretString, SignedDuration, UniqueId, UserPoolId,
};

use crate::aws::{Credentials, Endpoint, EndpointError};

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
        "{address} is taken by another program; choose another port with --listen {next}, or let \
         the system choose one with --listen {any}",
        next = next_port(*address),
        any = SocketAddr::new(address.ip(), 0)
    )]
    AddressInUse { address: SocketAddr },
    #[error("{path} cannot be read: {source}", path = path.display())]
    ConfigFile { path: PathBuf, source: io::Error },
    #[error("{path}: {source}", path = path.display())]
    Config { path: PathBuf, source: ConfigError },
    #[error(transparent)]
    Roots(#[from] RootsError),
    #[error(transparent)]
    Start(StartError),
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

fn next_port(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port().checked_add(1).unwrap_or(0))
}

/// A server in this process.
pub(crate) struct Running {
    server: server::Running,
    endpoint: Endpoint,
    region: Region,
    data_dir: PathBuf,
}

/// Starts a server, which answers from then on.
pub(crate) async fn start(settings: Settings) -> Result<Running, ServingError> {
    let Settings { config, listen, data_dir } = settings;
    let mut config = match config {
        None => Config::default(),
        Some(path) => {
            let text = fs::read_to_string(&path)
                .map_err(|source| ServingError::ConfigFile { path: path.clone(), source })?;
            Config::parse(&text).map_err(|source| ServingError::Config { path, source })?
        }
    };
    config.listen = listen.unwrap_or(config.listen);
    config.data_dir = data_dir.unwrap_or(config.data_dir);
    let (data_dir, region) = (config.data_dir.clone(), config.region.clone());
    let roots = Roots::from_variables(|name| std::env::var(name).ok())?;
    let started = server::start(config, roots, Arc::new(SystemClock), Arc::new(SystemEntropy));
    let server = started.await.map_err(|error| match error {
        StartError::Listen { address, source } if source.kind() == io::ErrorKind::AddrInUse => {
            ServingError::AddressInUse { address }
        }
        error => ServingError::Start(error),
    })?;
    // Not the public URL: that one may lead through a proxy which is not there yet.
    let endpoint = format!("http://{}", server.address()).parse()?;
    Ok(Running { server, endpoint, region, data_dir })
}

/// What makes a session one of a person who came through an identity pool.
pub(crate) struct Login<'a> {
    pub(crate) role_arn: &'a str,
    pub(crate) role_id: &'a str,
    pub(crate) identity_id: &'a str,
    pub(crate) identity_pool_id: &'a str,
    pub(crate) user_pool_id: &'a UserPoolId,
}

/// Why a session could not be sealed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error(transparent)]
    Role(#[from] types::ArnError),
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("{0} is not the ARN of a role in an account")]
    NoAccount(Arn),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Running {
    /// Where clients on this machine reach it.
    pub(crate) fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    /// The region of requests that name none.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// Root's credentials of the first account.
    pub(crate) fn root(&self) -> Credentials {
        let root = self.server.root();
        Credentials {
            access_key_id: root.access_key_id.to_string(),
            secret_access_key: root.secret_access_key.clone(),
            session_token: None,
            expiration: None,
        }
    }

    /// Where its data is.
    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Whether root's credentials were made just now, so that nobody has seen them yet.
    pub(crate) fn root_is_new(&self) -> bool {
        self.server.root_is_new()
    }

    /// Credentials of a session of an hour that ends so long from now, sealed by the server's own
    /// key ring. No AWS operation gives out one that is over, and none can be waited for: the
    /// shortest lasts 15 minutes.
    pub(crate) fn session(
        &self,
        login: &Login<'_>,
        ends_in: SignedDuration,
    ) -> Result<Credentials, SessionError> {
        let now = SystemClock.now();
        let expires = now.saturating_add(ends_in).unwrap_or(now);
        let issued = expires.saturating_sub(SignedDuration::from_hours(1)).unwrap_or(now);
        let role: Arn = login.role_arn.parse()?;
        let account = role.account_id().ok_or_else(|| SessionError::NoAccount(role.clone()))?;
        let role_id: UniqueId = login.role_id.parse()?;
        let text = |value: &str| ClaimValue::Text(value.to_owned());
        let amr = vec!["authenticated".to_owned(), login.user_pool_id.provider_name()];
        let sealed = self.server.seal_session(&Session {
            account,
            principal: SessionPrincipal::AssumedRole {
                role,
                role_id,
                session_name: "CognitoIdentityCredentials".to_owned(),
            },
            source_identity: None,
            federation: Some(Federation {
                provider: "cognito-identity.amazonaws.com".to_owned(),
                claims: BTreeMap::from([
                    ("sub".to_owned(), text(login.identity_id)),
                    ("aud".to_owned(), text(login.identity_pool_id)),
                    ("amr".to_owned(), ClaimValue::List(amr)),
                ]),
            }),
            tags: BTreeMap::new(),
            transitive_tag_keys: BTreeSet::new(),
            policies: Vec::new(),
            mfa_authenticated_at: None,
            issued,
            expires,
        })?;
        Ok(Credentials {
            access_key_id: sealed.access_key_id.to_string(),
            secret_access_key: sealed.secret_access_key,
            session_token: Some(SecretString::new(sealed.session_token)),
            expiration: Some(sealed.expiration),
        })
    }

    /// Lets running requests end, then stops.
    pub(crate) async fn stop(self) {
        self.server.stop().await;
    }
}
