//! What the operations on roles have in common.

use directory::{Directory, Found, Owner, Role, RoleKey};
use gate::Authorized;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use types::Arn;

use crate::error::AccessError;

/// What a policy document in a response is encoded with: all but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A policy document as IAM answers it (RFC 3986; IAM API Reference, `GetRolePolicy`).
pub(crate) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, ENCODED).to_string()
}

/// The caller's account; a role has no region.
pub(crate) fn owner<O: wire::Operation>(request: &Authorized<O>) -> Result<Owner, AccessError> {
    request.owner().ok_or(AccessError::NoAccount)
}

/// A role that is asked for by its name.
pub(crate) struct Asked {
    pub(crate) owner: Owner,
    name: String,
    /// By which it was decided. A role of that name that is made meanwhile under another path is
    /// another one.
    arn: Arn,
}

/// The role that a request asks for.
pub(crate) fn asked<O: wire::Operation>(
    request: &Authorized<O>,
    name: &str,
) -> Result<Asked, AccessError> {
    let missing = || AccessError::NoSuchRole(name.to_owned());
    let arn = request.role_arn(name).cloned().ok_or_else(missing)?;
    Ok(Asked { owner: owner(request)?, name: name.to_owned(), arn })
}

impl Asked {
    fn key(&self) -> RoleKey {
        RoleKey { owner: self.owner.clone(), name: self.name.clone() }
    }

    fn is(&self, role: &Role) -> bool {
        role.arn(&self.owner) == self.arn
    }

    fn missing(&self) -> AccessError {
        AccessError::NoSuchRole(self.name.clone())
    }
}

/// The role that was asked for.
pub(crate) async fn find(
    directory: &Directory,
    asked: &Asked,
) -> Result<(RoleKey, Found<Role>), AccessError> {
    let key = asked.key();
    let found = directory.get::<Role>(&key).await?;
    let found = found.filter(|found| asked.is(&found.record)).ok_or_else(|| asked.missing())?;
    Ok((key, found))
}

/// Changes the role that was asked for.
pub(crate) async fn change<T>(
    directory: &Directory,
    asked: &Asked,
    mut edit: impl FnMut(&mut Role) -> Result<T, AccessError>,
) -> Result<T, AccessError> {
    let key = asked.key();
    let changed = directory.update::<Role, T, AccessError>(&key, |role| {
        if asked.is(role) { edit(role) } else { Err(asked.missing()) }
    });
    changed.await?.ok_or_else(|| asked.missing())
}

/// A role as responses describe it.
pub(crate) fn described(role: &Role, owner: &Owner) -> wire::iam::Role {
    let tags = role.tags.iter();
    let tags: Vec<_> = tags
        .map(|(key, value)| wire::iam::Tag { key: key.clone(), value: value.clone() })
        .collect();
    wire::iam::Role {
        path: role.path.clone(),
        role_name: role.name.clone(),
        role_id: role.unique_id.to_string(),
        arn: role.arn(owner).to_string(),
        create_date: role.created,
        assume_role_policy_document: Some(encoded(&role.trust_policy)),
        description: role.description.clone(),
        max_session_duration: i32::try_from(role.max_session_duration_seconds).ok(),
        tags: (!tags.is_empty()).then_some(tags),
        ..wire::iam::Role::default()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use directory::{Change, Error as DirectoryError, OwnerAuthority};
    use store::{Records, SqliteRecords};
    use tempfile::TempDir;
    use types::{Clock, ManualClock, SeededEntropy, Timestamp, UniqueId, UniqueIdKind};

    use super::*;

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

    fn asked(owner: &Owner, name: &str, role: &str) -> Asked {
        let arn = Arn::new("iam", None, Some(owner.account()), &format!("role{role}"));
        Asked { owner: owner.clone(), name: name.to_owned(), arn }
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
        }
    }

    #[test]
    fn documents_are_encoded_as_aws_does() {
        assert_eq!(
            encoded("{\"Version\": \"2012-10-17\",\n\"Id\": \"a.b_c~d*+ü\"}"),
            "%7B%22Version%22%3A%20%222012-10-17%22%2C%0A%22Id%22%3A%20%22a.b_c~d%2A%2B%C3%BC%22%7D"
        );
    }

    #[tokio::test]
    async fn a_role_is_one_name_in_an_account_whatever_its_case_and_the_region() {
        let world = World::new();
        let owner = world.owner("123456789012", "us-east-1");
        world.add(&owner, &role("/app/", "Admin")).await.unwrap();
        let again = world.add(&owner, &role("/", "ADMIN")).await;
        assert!(matches!(again, Err(DirectoryError::Conflict)));
        for (region, name) in
            [("us-east-1", "Admin"), ("us-east-1", "admin"), ("eu-west-1", "aDMIN")]
        {
            let owner = world.owner("123456789012", region);
            let asked = asked(&owner, name, "/app/Admin");
            let (_, found) = find(&world.directory, &asked).await.unwrap();
            assert_eq!(found.record.name, "Admin");
            let arn = "arn:aws:iam::123456789012:role/app/Admin";
            assert_eq!(found.record.arn(&owner).as_str(), arn);
        }
        let other = world.owner("210987654321", "us-east-1");
        let refused = find(&world.directory, &asked(&other, "Admin", "/app/Admin")).await.map(drop);
        assert!(matches!(refused, Err(AccessError::NoSuchRole(name)) if name == "Admin"));
        world.add(&other, &role("/", "admin")).await.unwrap();
    }

    #[tokio::test]
    async fn a_refused_change_changes_nothing() {
        let world = World::new();
        let owner = world.owner("123456789012", "us-east-1");
        world.add(&owner, &role("/", "r")).await.unwrap();
        let asked = |name: &str| asked(&owner, name, &format!("/{}", name.to_lowercase()));
        let (upper, lower, missing) = (asked("R"), asked("r"), asked("s"));
        let refused = change(&world.directory, &upper, |role| {
            role.trust_policy = "changed".to_owned();
            Err::<(), _>(AccessError::PoliciesRemain)
        });
        assert!(matches!(refused.await, Err(AccessError::PoliciesRemain)));
        let (_, found) = find(&world.directory, &lower).await.unwrap();
        assert_eq!(found.record.trust_policy, "{}");
        let missing = change(&world.directory, &missing, |_| Ok(())).await;
        assert!(matches!(missing, Err(AccessError::NoSuchRole(_))));
    }

    /// Who may change `/mine/r` is not let change the `/theirs/r` that takes its place meanwhile.
    #[tokio::test]
    async fn a_role_of_the_same_name_under_another_path_is_another_one() {
        let world = World::new();
        let owner = world.owner("123456789012", "us-east-1");
        world.add(&owner, &role("/theirs/", "r")).await.unwrap();
        let (mine, theirs) = (asked(&owner, "r", "/mine/r"), asked(&owner, "r", "/theirs/r"));
        let edit = |role: &mut Role| {
            role.trust_policy = "changed".to_owned();
            Ok(())
        };
        let changed = change(&world.directory, &mine, edit).await;
        assert!(matches!(changed, Err(AccessError::NoSuchRole(_))));
        assert!(find(&world.directory, &mine).await.is_err());
        let (_, found) = find(&world.directory, &theirs).await.unwrap();
        assert_eq!(found.record.trust_policy, "{}");
        change(&world.directory, &theirs, edit).await.unwrap();
    }

    #[test]
    fn a_role_is_described_with_what_it_has() {
        let world_role = Role {
            description: Some("of the demo".to_owned()),
            tags: BTreeMap::from([("team".to_owned(), "coats".to_owned())]),
            ..role("/app/", "admin")
        };
        let world = World::new();
        let described = described(&world_role, &world.owner("123456789012", "us-east-1"));
        assert_eq!(described.arn, "arn:aws:iam::123456789012:role/app/admin");
        assert!(described.role_id.starts_with("AROA"));
        assert_eq!(described.assume_role_policy_document.as_deref(), Some("%7B%7D"));
        assert_eq!(described.max_session_duration, Some(3600));
        assert_eq!(described.tags.unwrap()[0].key, "team");
        assert_eq!(described.description.as_deref(), Some("of the demo"));
    }
}
