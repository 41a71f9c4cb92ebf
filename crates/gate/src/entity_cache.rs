//! What roles and users may do, compiled once per version of all that says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use directory::{
    Directory, Entity, Found, IamGroup, IamGroupKey, ManagedPolicy, ManagedPolicyKey, Owner,
};
use iam::{CompiledPolicy, Policy, PolicyKind};
use quick_cache::sync::Cache;
use types::Arn;

/// How many entities of a kind are kept compiled.
const ENTITIES_MAX: usize = 4096;
/// How often the records are read until they are seen to have been so together.
const ATTEMPTS: usize = 16;

/// An entity and its policies, ready to judge by.
pub(crate) struct CompiledEntity<E> {
    pub(crate) found: Found<E>,
    /// What the entity may do.
    pub(crate) policies: Arc<EntityPolicies>,
    /// Who may take it, if it is a role.
    pub(crate) trust: Option<Arc<CompiledPolicy>>,
    versions: Versions,
    /// The directory's revision at which this was last known to be so.
    checked_at: AtomicU64,
}

/// What an entity may do, and where it is said.
#[derive(Clone, Default)]
pub(crate) struct EntityPolicies {
    /// Inline and attached policies, its own and those of its groups.
    pub(crate) identity: Vec<Arc<CompiledPolicy>>,
    /// Where each of those stands, for explanations.
    pub(crate) sources: Vec<String>,
    /// The permissions boundary: one policy, or none if the one that is named is not there, so that
    /// nothing is within it.
    pub(crate) boundary: Option<Vec<Arc<CompiledPolicy>>>,
    /// Which that is.
    pub(crate) boundary_source: Option<String>,
    /// The entity's tags.
    pub(crate) tags: BTreeMap<String, String>,
}

/// The versions of all records that an entity's policies were read from, in a fixed order; none for
/// one that was not there.
type Versions = Vec<Option<u64>>;

/// Compiled entities of one kind, by their records' keys.
///
/// An entry counts as long as the directory has not changed since it was checked; then the records
/// are read again, some point reads, and compiled again only if one is of another version. So a
/// decision is never older than the last acknowledged commit.
pub(crate) struct EntityCache<E> {
    entities: Cache<Vec<u8>, Arc<CompiledEntity<E>>>,
}

impl<E: Entity> EntityCache<E> {
    pub(crate) fn new() -> Self {
        Self { entities: Cache::new(ENTITIES_MAX) }
    }

    /// The entity under this key as it is now, if there is one.
    pub(crate) async fn get(
        &self,
        directory: &Directory,
        owner: &Owner,
        key: &E::Key,
    ) -> Result<Option<Arc<CompiledEntity<E>>>, directory::Error> {
        let entry = E::encode_key(key).to_vec();
        // Read before the records are: what comes in between makes the entry old, never the reverse.
        let revision = directory.freshness().revision.0;
        let cached = self.entities.get(&entry);
        if let Some(entity) = &cached
            && entity.checked_at.load(Ordering::Acquire) == revision
        {
            return Ok(cached);
        }
        let known = cached.as_ref().map(|entity| entity.versions.clone());
        let Some((records, versions)) = Records::<E>::read(directory, owner, key, known).await?
        else {
            self.entities.remove(&entry);
            return Ok(None);
        };
        if let Some(entity) = cached
            && entity.versions == versions
        {
            entity.checked_at.fetch_max(revision, Ordering::AcqRel);
            return Ok(Some(entity));
        }
        let policies = Arc::new(records.policies()?);
        let trust = records.entity.record.trust_policy();
        let trust = trust.map(|text| records.compile(text, PolicyKind::Trust)).transpose()?;
        let entity = Arc::new(CompiledEntity {
            policies,
            trust,
            versions,
            checked_at: AtomicU64::new(revision),
            found: records.entity,
        });
        self.entities.insert(entry, entity.clone());
        Ok(Some(entity))
    }
}

/// All records that say what an entity may do.
struct Records<E> {
    entity: Found<E>,
    groups: Vec<Option<Found<IamGroup>>>,
    managed: BTreeMap<Arn, Option<Found<ManagedPolicy>>>,
}

impl<E: Entity> Records<E> {
    /// The records as they were at one moment: read until two readings in a row are of the same
    /// versions, which never come back, so all of them were there between the two. `known` is what an
    /// earlier reading found.
    async fn read(
        directory: &Directory,
        owner: &Owner,
        key: &E::Key,
        known: Option<Versions>,
    ) -> Result<Option<(Self, Versions)>, directory::Error> {
        let mut before = known;
        for _ in 0..ATTEMPTS {
            let Some(records) = Self::read_once(directory, owner, key).await? else {
                return Ok(None);
            };
            let versions = records.versions();
            if versions.len() == 1 || before.as_ref() == Some(&versions) {
                return Ok(Some((records, versions)));
            }
            before = Some(versions);
        }
        Err(directory::Error::Conflict)
    }

    async fn read_once(
        directory: &Directory,
        owner: &Owner,
        key: &E::Key,
    ) -> Result<Option<Self>, directory::Error> {
        let Some(entity) = directory.get::<E>(key).await? else { return Ok(None) };
        let mut groups = Vec::new();
        for unique_id in entity.record.groups() {
            let key = IamGroupKey { owner: owner.clone(), unique_id: unique_id.clone() };
            groups.push(directory.get::<IamGroup>(&key).await?);
        }
        let mut arns: BTreeSet<&Arn> = entity.record.managed_policies().iter().collect();
        arns.extend(entity.record.permissions_boundary());
        let of_groups = groups.iter().flatten();
        arns.extend(of_groups.flat_map(|group| &group.record.managed_policies));
        let mut managed = BTreeMap::new();
        for arn in arns {
            if iam::aws_managed_policy(arn.as_str()).is_none() {
                managed.insert(arn.clone(), managed_policy(directory, owner, arn).await?);
            }
        }
        Ok(Some(Self { entity, groups, managed }))
    }

    fn versions(&self) -> Versions {
        let groups = self.groups.iter().map(|found| found.as_ref().map(Found::version));
        let managed = self.managed.values().map(|found| found.as_ref().map(Found::version));
        let behind = groups.chain(managed).map(|version| version.map(|version| version.0));
        std::iter::once(Some(self.entity.version().0)).chain(behind).collect()
    }

    fn policies(&self) -> Result<EntityPolicies, directory::Error> {
        let entity = &self.entity.record;
        let mut all = EntityPolicies { tags: entity.tags().clone(), ..EntityPolicies::default() };
        self.add(&mut all, entity, "")?;
        for group in self.groups.iter().flatten() {
            let of = format!(" of the group {}", group.record.name);
            self.add(&mut all, &group.record, &of)?;
        }
        if let Some(arn) = entity.permissions_boundary() {
            let document = self.document(arn);
            let policy = document.map(|text| self.compile(text, PolicyKind::PermissionsBoundary));
            all.boundary = Some(policy.transpose()?.into_iter().collect());
            all.boundary_source = Some(arn.to_string());
        }
        Ok(all)
    }

    /// Adds what is written into and attached to the entity itself or one of its groups.
    fn add(
        &self,
        all: &mut EntityPolicies,
        entity: &impl Entity,
        of: &str,
    ) -> Result<(), directory::Error> {
        for (name, text) in entity.inline_policies() {
            all.identity.push(self.compile(text, PolicyKind::Identity)?);
            all.sources.push(format!("inline policy {name}{of}"));
        }
        for arn in entity.managed_policies() {
            // What is not there allows nothing; an attached policy cannot be deleted.
            if let Some(text) = self.document(arn) {
                all.identity.push(self.compile(text, PolicyKind::Identity)?);
                all.sources.push(format!("{arn}{of}"));
            }
        }
        Ok(())
    }

    fn document(&self, arn: &Arn) -> Option<&str> {
        match self.managed.get(arn) {
            Some(found) => found.as_ref()?.record.document(),
            None => iam::aws_managed_policy(arn.as_str()).map(|policy| policy.document),
        }
    }

    fn compile(
        &self,
        text: &str,
        kind: PolicyKind,
    ) -> Result<Arc<CompiledPolicy>, directory::Error> {
        Policy::parse(text, kind).map(|policy| Arc::new(policy.compile())).map_err(|error| {
            // It was parsed before it was stored, so this is damage or a newer version's policy.
            let entity = &self.entity.record;
            let reason = format!("a policy of the {} {}: {error}", E::KIND, entity.name());
            directory::Error::Unreadable { space: E::SPACE, reason }
        })
    }
}

/// The customer managed policy with this ARN, if it is one of the owner's account.
pub(crate) async fn managed_policy(
    directory: &Directory,
    owner: &Owner,
    arn: &Arn,
) -> Result<Option<Found<ManagedPolicy>>, directory::Error> {
    let Some(key) = ManagedPolicyKey::from_arn(owner.clone(), arn) else { return Ok(None) };
    let found = directory.get::<ManagedPolicy>(&key).await?;
    // The ARN names the policy's path too.
    Ok(found.filter(|found| found.record.arn(owner) == *arn))
}

#[cfg(test)]
mod tests {
    use directory::{Change, IamUser, IamUserKey};
    use store::{Records as Store, SqliteRecords};
    use types::{Clock, ManualClock, SeededEntropy, Timestamp, UniqueId, UniqueIdKind};

    use super::*;

    const POLICY: &str = r#"{"Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;

    fn user(group: &UniqueId) -> IamUser {
        IamUser {
            name: "alice".to_owned(),
            path: "/".to_owned(),
            unique_id: UniqueId::random(UniqueIdKind::User, &SeededEntropy::new(1)),
            created: Timestamp::UNIX_EPOCH,
            inline_policies: BTreeMap::new(),
            managed_policies: BTreeSet::new(),
            permissions_boundary: None,
            groups: BTreeSet::from([group.clone()]),
            tags: BTreeMap::new(),
            access_keys: Vec::new(),
        }
    }

    /// A policy moves to and fro between a user and its group, in one change each time. However the
    /// readings fall, it is seen in exactly one of the two.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_read_was_there_together() {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let path = folder.path().join("directory.db");
        let records: Arc<dyn Store> =
            Arc::new(SqliteRecords::open(&path, directory::SPACES, clock).unwrap());
        let (directory, authority) = Directory::open(records);
        let owner = authority.owner("123456789012".parse().unwrap(), "us-east-1".parse().unwrap());
        let group_id = UniqueId::random(UniqueIdKind::Group, &SeededEntropy::new(2));
        let user = user(&group_id);
        let user_key = IamUserKey { owner: owner.clone(), unique_id: user.unique_id.clone() };
        let group_key = IamGroupKey { owner: owner.clone(), unique_id: group_id.clone() };
        let policies = BTreeMap::from([("moving".to_owned(), POLICY.to_owned())]);
        let group = IamGroup {
            name: "people".to_owned(),
            path: "/".to_owned(),
            unique_id: group_id,
            created: Timestamp::UNIX_EPOCH,
            inline_policies: policies,
            managed_policies: BTreeSet::new(),
        };
        let mut change = Change::new();
        change.create(&user_key, &user);
        change.create(&group_key, &group);
        directory.commit(change).await.unwrap();

        let writer = {
            let (directory, user_key) = (directory.clone(), user_key.clone());
            async move {
                for _ in 0..200 {
                    let user = directory.get::<IamUser>(&user_key).await.unwrap().unwrap();
                    let group = directory.get::<IamGroup>(&group_key).await.unwrap().unwrap();
                    let (mut new_user, mut new_group) = (user.record.clone(), group.record.clone());
                    std::mem::swap(&mut new_user.inline_policies, &mut new_group.inline_policies);
                    let mut change = Change::new();
                    change.replace(&user_key, &user, &new_user);
                    change.replace(&group_key, &group, &new_group);
                    directory.commit(change).await.unwrap();
                }
            }
        };
        let cache = EntityCache::<IamUser>::new();
        let runtime = tokio::runtime::Handle::current();
        let writer = std::thread::spawn(move || runtime.block_on(writer));
        let mut seen = BTreeSet::new();
        while !writer.is_finished() {
            match cache.get(&directory, &owner, &user_key).await {
                Ok(found) => {
                    let sources = found.unwrap().policies.sources.clone();
                    assert_eq!(sources.len(), 1, "{sources:?}");
                    seen.extend(sources);
                }
                // It moved at every reading, so nothing is decided.
                Err(directory::Error::Conflict) => {}
                Err(error) => panic!("{error}"),
            }
        }
        writer.join().unwrap();
        let found = cache.get(&directory, &owner, &user_key).await.unwrap().unwrap();
        assert_eq!(found.policies.sources, ["inline policy moving of the group people"]);
        assert!(!seen.is_empty());
    }
}
