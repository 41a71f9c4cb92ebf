//! Who stands on what: opens the stores and hands every service its parts.

use std::{io, path::PathBuf, sync::Arc};

use directory::Directory;
use gate::{Accounts, Audit, Gate, Registry, RootUser};
use jobs::Runner;
use objects::Objects;
use session::KeyRing;
use store::{DiskBlobs, PostgresRecords, Records, SqliteRecords, StoreError};
use tokens::Issuers;
use tokio::sync::oneshot;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use types::{Clock, Entropy};
use workers::Workers;

use crate::{
    Config, DataDirectory, DataDirectoryError, Issuer,
    accounts::{self, Roots},
};

/// Why the parts of a server could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The data directory cannot be used.
    #[error(transparent)]
    DataDirectory(#[from] DataDirectoryError),
    /// A database cannot be opened.
    #[error("the {name} database cannot be opened: {source}")]
    Database {
        /// Which.
        name: &'static str,
        /// Why.
        source: StoreError,
    },
    /// The folder of blobs cannot be used.
    #[error("{path} cannot hold objects: {source}")]
    Blobs {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: store::BlobError,
    },
    /// The thread that writes the audit cannot be started.
    #[error("the audit's writer cannot be started: {0}")]
    AuditWriter(#[source] io::Error),
}

/// Where work that goes on beside requests runs.
pub(crate) struct Background {
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

/// A gate that is open, and what the process wants to know of it.
pub(crate) struct Composed {
    pub(crate) gate: Gate,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) root: RootUser,
    pub(crate) root_is_new: bool,
}

pub(crate) async fn compose(
    config: &Config,
    roots: Roots,
    public_url: &str,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    background: Background,
) -> Result<Composed, ComposeError> {
    let data = Arc::new(DataDirectory::take(&config.data_dir)?);
    let ring = Arc::new(match &config.key_ring {
        Some(path) => crate::data_directory::read_ring(path)?,
        None => data.key_ring(&*entropy)?,
    });
    let (root, root_is_new) = match roots.primary {
        Some(root) => (root, false),
        None => accounts::generated(&data, &ring, roots.account, &*entropy)?,
    };
    let accounts = Accounts::new([Some(root.clone()), roots.alternative].into_iter().flatten());

    let databases = Databases { config, data: &data, clock: &clock, background: &background };
    let records = databases.open("directory", directory::SPACES).await?;
    let index = databases.open("objects", objects::SPACES).await?;
    let (directory, authority) = Directory::open(records.clone());
    let path = data.join("");
    let blobs = DiskBlobs::open(&path).map_err(|source| ComposeError::Blobs { path, source })?;
    let objects = Objects::new(index.clone(), Arc::new(blobs), clock.clone(), entropy.clone());

    let (audit, writer) = Audit::new(data.join("audit"), clock.clone());
    // Stopping waits until what was decided is written.
    let (written, all_written) = oneshot::channel::<()>();
    background.tasks.spawn(async move { drop(all_written.await) });
    std::thread::Builder::new()
        .name("audit".to_owned())
        .spawn(move || {
            writer.run();
            drop(written);
        })
        .map_err(ComposeError::AuditWriter)?;

    let gate = Gate::new(gate::Parts {
        directory: directory.clone(),
        authority,
        objects: objects.clone(),
        ring: ring.clone(),
        accounts,
        region: config.region.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        audit,
    });
    let issuers = match config.issuer {
        Issuer::PublicUrl => Issuers::PublicUrl(public_url.to_owned()),
        Issuer::Aws => Issuers::Aws,
    };
    let engine = stacks::Engine {
        gate: gate.clone(),
        directory: directory.clone(),
        ring: ring.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
    };
    let directory_jobs = engine.register(directory.register(Runner::new(records, clock.clone())));
    let object_jobs = objects.register(Runner::new(index, clock.clone()));
    if config.postgres.is_none() {
        // This process alone has the data directory: whoever had taken a job is gone.
        let now = clock.now();
        for (name, jobs) in [("directory", &directory_jobs), ("objects", &object_jobs)] {
            let failed = |source| ComposeError::Database { name, source };
            jobs.release(now).await.map_err(failed)?;
        }
    }
    let mut registry =
        registry(&directory, &objects, &ring, &issuers, public_url, &clock, &entropy);
    let stacks = stacks::Stacks {
        directory,
        ring: ring.clone(),
        clock,
        entropy,
        wakeup: directory_jobs.wakeup(),
    };
    stacks::register(&Arc::new(stacks), &mut registry);
    gate.open(registry);

    let stop = background.stop.clone();
    background.tasks.spawn(async move {
        tokio::select! {
            _ = directory_jobs.run() => {}
            _ = object_jobs.run() => {}
            () = stop.cancelled() => {}
        }
        // The directory stays locked for as long as something works in it.
        drop(data);
    });
    Ok(Composed { gate, ring, root, root_is_new })
}

/// Every operation that is served, but those of stacks, which want to know of the jobs' runner.
fn registry(
    directory: &Directory,
    objects: &Objects,
    ring: &Arc<KeyRing>,
    issuers: &Issuers,
    public_url: &str,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Registry {
    let mut registry = Registry::default();
    let workers = Arc::new(Workers::for_this_machine());
    access::register(
        &Arc::new(access::Access {
            directory: directory.clone(),
            ring: ring.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
        }),
        &mut registry,
    );
    identity_pools::register(
        &Arc::new(identity_pools::IdentityPools::new(
            directory.clone(),
            ring.clone(),
            issuers.clone(),
            clock.clone(),
            entropy.clone(),
            workers.clone(),
        )),
        &mut registry,
    );
    messages::register(
        &Arc::new(messages::Messages {
            directory: directory.clone(),
            ring: ring.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
        }),
        &mut registry,
    );
    user_pools::register(
        &Arc::new(user_pools::UserPools::new(user_pools::Parts {
            directory: directory.clone(),
            ring: ring.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            issuers: issuers.clone(),
            public_url: public_url.to_owned(),
            workers: workers.clone(),
        })),
        &mut registry,
    );
    s3::register(
        &Arc::new(s3::S3 {
            objects: objects.clone(),
            ring: ring.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            workers,
        }),
        &mut registry,
    );
    sts::register(&mut registry);
    registry
}

/// Opens databases: files of the data directory, or schemas of a PostgreSQL that nodes share.
struct Databases<'a> {
    config: &'a Config,
    data: &'a DataDirectory,
    clock: &'a Arc<dyn Clock>,
    background: &'a Background,
}

impl Databases<'_> {
    async fn open(
        &self,
        name: &'static str,
        spaces: &[store::Space],
    ) -> Result<Arc<dyn Records>, ComposeError> {
        let failed = |source| ComposeError::Database { name, source };
        let Some(url) = &self.config.postgres else {
            let path = self.data.join(&format!("{name}.db"));
            let records = SqliteRecords::open(&path, spaces, self.clock.clone());
            return Ok(Arc::new(records.map_err(failed)?));
        };
        let records = PostgresRecords::open(url, name, spaces, self.clock.clone()).await;
        let records = Arc::new(records.map_err(failed)?);
        let (follower, stop) = (records.clone(), self.background.stop.clone());
        self.background.tasks.spawn(async move {
            tokio::select! {
                _ = follower.follow() => {}
                () = stop.cancelled() => {}
            }
        });
        Ok(records)
    }
}
