//! What the unit tests of the crate stand on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use directory::{
    Change, Directory, Error as DirectoryError, ManagedPolicy, Owner, OwnerAuthority,
    PolicyVersion, Role, RoleKey,
};
use store::{Records, SqliteRecords};
use tempfile::TempDir;
use types::{Clock, ManualClock, SeededEntropy, Timestamp, UniqueId, UniqueIdKind};

/// A directory in a file of its own.
pub(crate) struct World {
    _folder: TempDir,
    pub(crate) directory: Directory,
    authority: OwnerAuthority,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let path = folder.path().join("directory.db");
        let records: Arc<dyn Records> =
            Arc::new(SqliteRecords::open(&path, directory::SPACES, clock).unwrap());
        let (directory, authority) = Directory::open(records);
        Self { _folder: folder, directory, authority }
    }

    pub(crate) fn owner(&self, account: &str, region: &str) -> Owner {
        self.authority.owner(account.parse().unwrap(), region.parse().unwrap())
    }

    pub(crate) async fn add(&self, owner: &Owner, role: &Role) -> Result<(), DirectoryError> {
        let mut change = Change::new();
        change.create(&RoleKey { owner: owner.clone(), name: role.name.clone() }, role);
        self.directory.commit(change).await.map(drop)
    }
}

pub(crate) fn policy(path: &str, name: &str) -> ManagedPolicy {
    let created = Timestamp::UNIX_EPOCH;
    let document =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let version = PolicyVersion { document: document.to_owned(), created };
    ManagedPolicy {
        name: name.to_owned(),
        path: path.to_owned(),
        unique_id: UniqueId::random(UniqueIdKind::ManagedPolicy, &SeededEntropy::new(2)),
        created,
        updated: created,
        description: None,
        tags: BTreeMap::new(),
        versions: BTreeMap::from([(1, version)]),
        default_version: 1,
        next_version: 2,
    }
}

pub(crate) fn role(path: &str, name: &str) -> Role {
    Role {
        name: name.to_owned(),
        path: path.to_owned(),
        unique_id: UniqueId::random(UniqueIdKind::Role, &SeededEntropy::new(1)),
        created: Timestamp::UNIX_EPOCH,
        description: None,
        max_session_duration_seconds: 3600,
        trust_policy: "{}".to_owned(),
        inline_policies: BTreeMap::new(),
        tags: BTreeMap::new(),
        managed_policies: BTreeSet::new(),
        permissions_boundary: None,
    }
}
