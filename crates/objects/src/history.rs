//! The versions of one key: how they follow one another, and that they change together.
//!
//! The current version lies in `objects`, under the key alone; earlier ones in `versions`, under the
//! key and the moment they were written at, latest first. Every change of either requires the
//! current version as it was read, so all writers of a key meet at that record. As long as there is
//! any version there is a current one, perhaps a delete marker.
//!
//! Sources: S3 User Guide, *How S3 Versioning works*, *Deleting object versions from a
//! versioning-enabled bucket*, *Working with objects in a versioning-suspended bucket*.

use std::cmp::max;

use store::{Batch, CommitError, Key, KeyRange, KeyReader, Scan, Version};
use types::{SignedDuration, Timestamp};

use crate::{
    BUCKETS, Bucket, Condition, NULL_VERSIONS, OBJECTS, ObjectKey, ObjectVersion, Objects,
    ObjectsError, Tags, UPLOAD_PARTS, UPLOADS, VERSIONS, VersionId, Versioned, Versioning,
    WriteError, buckets::bucket_key, cleanup, object_key, record,
};

/// How often a commit is tried while others write the same key. Of those who try at once one
/// succeeds each time, so this is how many may.
pub(crate) const ATTEMPTS: usize = 256;

/// What a new version is given when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) version_id: VersionId,
    pub(crate) last_modified: Timestamp,
}

impl Objects {
    /// The current version under the key, which may be a delete marker. One point read.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn current(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
    ) -> Result<Option<Versioned<ObjectVersion>>, ObjectsError> {
        let found = self.records.get(OBJECTS, &object_key(bucket, key)).await?;
        found.map(|found| found.try_map(|value| record::read(key.clone(), &value))).transpose()
    }

    /// The version with this id, current or not.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn version(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        id: VersionId,
    ) -> Result<Option<Versioned<ObjectVersion>>, ObjectsError> {
        for _ in 0..ATTEMPTS {
            let Some(current) = self.current(bucket, key).await? else { return Ok(None) };
            if current.value.version_id() == id {
                return Ok(Some(current));
            }
            let earlier = self.earlier(bucket, key, id).await?;
            if earlier.is_some() {
                return Ok(earlier);
            }
            // It may have become the current one between the two reads.
            let again = self.current(bucket, key).await?;
            if again.is_none_or(|again| again.version == current.version) {
                return Ok(None);
            }
        }
        Err(ObjectsError::Contended)
    }

    /// The version with this id, if it is not the current one.
    async fn earlier(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        id: VersionId,
    ) -> Result<Option<Versioned<ObjectVersion>>, ObjectsError> {
        let microseconds = match id {
            VersionId::Unique(id) => id.microseconds(),
            VersionId::Null => {
                let place = object_key(bucket, key);
                let Some(found) = self.records.get(NULL_VERSIONS, &place).await? else {
                    return Ok(None);
                };
                let damaged =
                    || ObjectsError::Damaged { what: format!("the null version of {key:?}") };
                KeyReader::new(&found.value).i64().map_err(|_| damaged())?
            }
        };
        let place = version_key(bucket, key, microseconds);
        let Some(found) = self.records.get(VERSIONS, &place).await? else { return Ok(None) };
        let found = found.try_map(|value| record::read(key.clone(), &value))?;
        Ok(Some(found).filter(|found| found.value.version_id() == id))
    }

    /// Makes what `make` gives the current version under the key, over again while others change it:
    /// in place of the one that is there, or beside it if the bucket keeps versions. The batch, to which
    /// `make` may add, comes with it, and the bucket must be as it was decided on.
    pub(crate) async fn add_version(
        &self,
        bucket: &Versioned<Bucket>,
        key: &ObjectKey,
        conditions: &[Condition],
        batch: Batch,
        make: impl Fn(Stamp, Batch) -> (ObjectVersion, Batch),
    ) -> Result<(Version, Stamp), WriteError> {
        let place = object_key(&bucket.value, key);
        for _ in 0..ATTEMPTS {
            let current = self.current(&bucket.value, key).await?;
            let found = current.as_ref().map(|current| &current.value);
            conditions.iter().try_for_each(|condition| condition.check_found(found))?;
            let stamp = self.stamp(bucket.value.versioning, current.as_ref().map(|c| &c.value));
            let mut batch = unchanged(bucket, key, current.as_ref(), batch.clone());
            if let Some(current) = &current {
                let replaced = bucket.value.versioning != Versioning::Enabled
                    && current.value.version_id() == VersionId::Null;
                batch = if replaced {
                    self.discard(&current.value, batch)
                } else {
                    keep(&bucket.value, &current.value, batch)
                };
                if bucket.value.versioning == Versioning::Suspended
                    && !replaced
                    && let Some(null) = self.earlier(&bucket.value, key, VersionId::Null).await?
                {
                    batch = self.discard_earlier(&bucket.value, &null, batch);
                }
            }
            let (version, batch) = make(stamp, batch);
            let batch = batch.put(OBJECTS, place.clone(), record::write(&version));
            if let Some(version) = self.try_commit(batch).await? {
                return Ok((version, stamp));
            }
        }
        Err(ObjectsError::Contended.into())
    }

    /// Removes one version for good. If it was the current one, the latest of the others is that now.
    /// Gives back what was removed; there being none is no error.
    pub(crate) async fn remove_version(
        &self,
        bucket: &Versioned<Bucket>,
        key: &ObjectKey,
        id: VersionId,
        conditions: &[Condition],
    ) -> Result<Option<ObjectVersion>, WriteError> {
        let place = object_key(&bucket.value, key);
        for _ in 0..ATTEMPTS {
            let current = self.current(&bucket.value, key).await?;
            let is_current = current.as_ref().is_some_and(|c| c.value.version_id() == id);
            let removed = match &current {
                Some(_) if !is_current => self.version(&bucket.value, key, id).await?,
                current => (*current).clone(),
            };
            let found = removed.as_ref().map(|removed| &removed.value);
            conditions.iter().try_for_each(|condition| condition.check_found(found))?;
            let Some(removed) = removed else { return Ok(None) };
            let mut batch = unchanged(bucket, key, current.as_ref(), Batch::new());
            if is_current {
                batch = self.discard(&removed.value, batch);
                batch = match self.latest_of_earlier(&bucket.value, key).await? {
                    None => batch.delete(OBJECTS, place.clone()),
                    Some(latest) => {
                        let value = record::write(&latest.value);
                        forget_earlier(&bucket.value, &latest, batch).put(
                            OBJECTS,
                            place.clone(),
                            value,
                        )
                    }
                };
            } else {
                batch = self.discard_earlier(&bucket.value, &removed, batch);
            }
            if self.try_commit(batch).await?.is_some() {
                return Ok(Some(removed.value));
            }
        }
        Err(ObjectsError::Contended.into())
    }

    /// Gives an object other tags, without a new version: the current one, or the one with this id. `None`:
    /// there is no such version, or it is a delete marker.
    ///
    /// # Errors
    /// [`WriteError::BucketChanged`] if it has not the tags that were decided on, or the bucket is not as
    /// it was; another [`WriteError`], if the store failed.
    pub async fn set_tags(
        &self,
        bucket: &Versioned<Bucket>,
        key: &ObjectKey,
        id: Option<VersionId>,
        tags: &Tags,
        decided_on: Option<&Tags>,
    ) -> Result<Option<VersionId>, WriteError> {
        for _ in 0..ATTEMPTS {
            let current = self.current(&bucket.value, key).await?;
            let is_current =
                current.as_ref().is_some_and(|c| id.is_none_or(|id| c.value.version_id() == id));
            let found = match id {
                Some(id) if !is_current => self.version(&bucket.value, key, id).await?,
                _ => current.clone(),
            };
            let Some(Versioned { version, value: ObjectVersion::Object(mut object) }) = found
            else {
                return Ok(None);
            };
            if decided_on.is_some_and(|decided_on| *decided_on != object.tags) {
                return Err(WriteError::BucketChanged);
            }
            object.tags = tags.clone();
            let id = object.version_id;
            let batch = unchanged(bucket, key, current.as_ref(), Batch::new());
            let (space, place) = if is_current {
                (OBJECTS, object_key(&bucket.value, key))
            } else {
                let microseconds = object.last_modified.as_microsecond();
                (VERSIONS, version_key(&bucket.value, key, microseconds))
            };
            let value = record::write(&ObjectVersion::Object(object));
            if self.try_commit(batch.replace(space, place, version, value)).await?.is_some() {
                return Ok(Some(id));
            }
        }
        Err(ObjectsError::Contended.into())
    }

    /// What a version gets that is written now, after this one.
    fn stamp(&self, versioning: Versioning, current: Option<&ObjectVersion>) -> Stamp {
        let now = whole_microseconds(self.clock.now());
        let last_modified = current.map_or(now, |current| {
            max(now, whole_microseconds(current.last_modified()) + SignedDuration::from_micros(1))
        });
        let version_id = match versioning {
            Versioning::Enabled => VersionId::unique(last_modified, &*self.entropy),
            Versioning::Off | Versioning::Suspended => VersionId::Null,
        };
        Stamp { version_id, last_modified }
    }

    /// The batch, after which the bytes of the version are removed.
    fn discard(&self, version: &ObjectVersion, batch: Batch) -> Batch {
        match version.as_object() {
            Some(object) => cleanup::remove_replaced(self, &object.body, batch),
            None => batch,
        }
    }

    /// The batch, after which an earlier version is gone with its bytes.
    fn discard_earlier(
        &self,
        bucket: &Bucket,
        version: &Versioned<ObjectVersion>,
        batch: Batch,
    ) -> Batch {
        self.discard(&version.value, forget_earlier(bucket, version, batch))
    }

    async fn latest_of_earlier(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
    ) -> Result<Option<Versioned<ObjectVersion>>, ObjectsError> {
        let range = KeyRange::within(&object_key(bucket, key));
        let page = self.records.scan(Scan::new(VERSIONS, range, 1)).await?;
        let latest = page.entries.into_iter().next();
        let read = |found: Versioned<_>| found.try_map(|value| record::read(key.clone(), &value));
        latest.map(|(_, found)| read(found)).transpose()
    }

    /// Commits, or says that others changed the key meanwhile.
    async fn try_commit(&self, batch: Batch) -> Result<Option<Version>, WriteError> {
        match self.records.commit(batch).await {
            Ok(revision) => Ok(Some(Version(revision.0))),
            Err(CommitError::Conflict(failed)) => match failed.space() {
                OBJECTS | VERSIONS => Ok(None),
                BUCKETS => Err(WriteError::BucketChanged),
                UPLOADS | UPLOAD_PARTS => Err(WriteError::UploadChanged),
                _ => Err(WriteError::Expired),
            },
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }
}

/// The batch, if the bucket is as it was decided on and the current version as it was read.
fn unchanged(
    bucket: &Versioned<Bucket>,
    key: &ObjectKey,
    current: Option<&Versioned<ObjectVersion>>,
    batch: Batch,
) -> Batch {
    let (name, place) = (bucket_key(bucket.value.name.as_str()), object_key(&bucket.value, key));
    batch.require(BUCKETS, name, bucket.version).require_unchanged(
        OBJECTS,
        place,
        current.map(|current| current.version),
    )
}

/// The batch, after which a version that is current no longer is among the earlier ones.
fn keep(bucket: &Bucket, version: &ObjectVersion, batch: Batch) -> Batch {
    let microseconds = version.last_modified().as_microsecond();
    let place = version_key(bucket, version.key(), microseconds);
    let batch = batch.put(VERSIONS, place, record::write(version));
    match version.version_id() {
        VersionId::Unique(_) => batch,
        VersionId::Null => {
            let pointer = Key::new().i64(microseconds);
            batch.put(NULL_VERSIONS, object_key(bucket, version.key()), pointer)
        }
    }
}

/// The batch, after which a version is no longer among the earlier ones.
fn forget_earlier(bucket: &Bucket, version: &Versioned<ObjectVersion>, batch: Batch) -> Batch {
    let (version, value) = (version.version, &version.value);
    let place = version_key(bucket, value.key(), value.last_modified().as_microsecond());
    let batch = batch.remove(VERSIONS, place, version);
    match value.version_id() {
        VersionId::Unique(_) => batch,
        VersionId::Null => batch.delete(NULL_VERSIONS, object_key(bucket, value.key())),
    }
}

/// Where an earlier version lies: those of a key from the latest to the first.
pub(crate) fn version_key(bucket: &Bucket, key: &ObjectKey, microseconds: i64) -> Key {
    object_key(bucket, key).i64(!microseconds)
}

/// Versions are told apart by their microseconds.
fn whole_microseconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(moment.as_microsecond()).unwrap_or(moment)
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::{
        Deleted,
        testing::{World, body, name},
    };

    async fn versioned(world: &World, versioning: Versioning) -> Versioned<Bucket> {
        let bucket = world.bucket("bucket").await;
        turn(world, &bucket, versioning).await
    }

    async fn turn(
        world: &World,
        bucket: &Versioned<Bucket>,
        versioning: Versioning,
    ) -> Versioned<Bucket> {
        let change = |bucket: &mut Bucket| bucket.versioning = versioning;
        world.objects.change_bucket(bucket, change).await.unwrap()
    }

    #[tokio::test]
    async fn bodies_of_earlier_versions_are_kept_and_removed_with_them() {
        let world = World::new();
        let bucket = versioned(&world, Versioning::Enabled).await;
        let key = name("key");
        let mut ids = Vec::new();
        for length in [20_000, 30_000, 40_000] {
            ids.push(world.put(&bucket, "key", &body(length)).await.unwrap().value.version_id);
        }
        world.objects.delete_object(&bucket, &key, &[]).await.unwrap();
        world.run_jobs_after(SignedDuration::from_hours(48)).await;
        assert_eq!((world.files(), world.get(&bucket.value, "key").await), (3, None));
        for (left, id) in [(2, ids[1]), (1, ids[2]), (0, ids[0])] {
            world.objects.delete_version(&bucket, &key, id, &[]).await.unwrap();
            world.run_jobs_after(SignedDuration::from_hours(48)).await;
            assert_eq!(world.files(), left);
        }
    }

    #[tokio::test]
    async fn while_versioning_is_suspended_the_null_version_alone_is_replaced() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        world.put(&bucket, "key", &body(20_000)).await.unwrap();
        let bucket = turn(&world, &bucket, Versioning::Enabled).await;
        let unique = world.put(&bucket, "key", &body(30_000)).await.unwrap().value.version_id;
        let bucket = turn(&world, &bucket, Versioning::Suspended).await;
        // The null version is an earlier one by now.
        world.put(&bucket, "key", &body(40_000)).await.unwrap();
        world.put(&bucket, "key", &body(50_000)).await.unwrap();
        world.run_jobs_after(SignedDuration::from_hours(48)).await;
        assert_eq!(world.files(), 2);
        let deleted = world.objects.delete_object(&bucket, &name("key"), &[]).await.unwrap();
        assert_eq!(deleted, Deleted::Marked { version_id: VersionId::Null });
        world.run_jobs_after(SignedDuration::from_hours(48)).await;
        assert_eq!((world.files(), world.get(&bucket.value, "key").await), (1, None));
        let kept =
            world.objects.version(&bucket.value, &name("key"), unique).await.unwrap().unwrap();
        assert_eq!(world.bytes(kept.value.as_object().unwrap()).await, body(30_000));
        // Without the marker, the version that was kept is the current one again.
        let null = VersionId::Null;
        world.objects.delete_version(&bucket, &name("key"), null, &[]).await.unwrap();
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), body(30_000));
    }

    #[tokio::test]
    async fn a_delete_marker_is_no_object() {
        let world = World::new();
        let bucket = versioned(&world, Versioning::Enabled).await;
        world.put(&bucket, "key", b"1").await.unwrap();
        world.objects.delete_object(&bucket, &name("key"), &[]).await.unwrap();
        assert_eq!(world.objects.object(&bucket.value, &name("key")).await.unwrap(), None);
        let all = crate::List { max_keys: 9, ..crate::List::default() };
        assert!(world.objects.list(&bucket.value, &all).await.unwrap().objects.is_empty());
        let tags = Tags::default();
        assert_eq!(
            world.objects.set_tags(&bucket, &name("key"), None, &tags, None).await.unwrap(),
            None
        );
        // To conditions it is nothing either.
        let exists = world.put_if(&bucket, "key", b"2", &Condition::Exists).await;
        assert!(matches!(exists, Err(WriteError::ConditionFailed { current: None })));
        world.put_if(&bucket, "key", b"2", &Condition::Absent).await.unwrap();
    }

    #[tokio::test]
    async fn a_size_or_a_time_holds_of_nothing_but_not_of_a_delete_marker() {
        let world = World::new();
        let bucket = versioned(&world, Versioning::Enabled).await;
        let key = name("key");
        let first = world.put(&bucket, "key", b"1").await.unwrap().value;
        world.objects.delete_object(&bucket, &key, &[]).await.unwrap();
        for condition in [Condition::HasSize(9), Condition::WrittenAt(types::Timestamp::MIN)] {
            let conditions = [condition];
            let marker = world.objects.delete_object(&bucket, &key, &conditions).await;
            assert!(matches!(marker, Err(WriteError::ConditionFailed { current: None })));
            let other = world.objects.delete_version(&bucket, &key, first.version_id, &conditions);
            assert!(matches!(other.await, Err(WriteError::ConditionFailed { current: Some(_) })));
            let none = world.objects.delete_version(&bucket, &key, VersionId::Null, &conditions);
            assert_eq!(none.await.unwrap(), Deleted::Nothing);
            let exists = [conditions[0].clone(), Condition::Exists];
            let none = world.objects.delete_version(&bucket, &key, VersionId::Null, &exists);
            assert!(matches!(none.await, Err(WriteError::ConditionFailed { current: None })));
        }
    }

    #[tokio::test]
    async fn tags_change_without_a_new_version() {
        let world = World::new();
        let bucket = versioned(&world, Versioning::Enabled).await;
        let key = name("key");
        let first = world.put(&bucket, "key", b"1").await.unwrap().value;
        let second = world.put(&bucket, "key", b"2").await.unwrap().value;
        let tags = |value: &str| Tags::new(vec![("t".to_owned(), value.to_owned())], 1).unwrap();
        for (id, changed, value) in [
            (None, &second, "a"),
            (Some(second.version_id), &second, "b"),
            (Some(first.version_id), &first, "c"),
        ] {
            let tags = tags(value);
            let told = world.objects.set_tags(&bucket, &key, id, &tags, None).await.unwrap();
            assert_eq!(told, Some(changed.version_id));
            let found = world.objects.version(&bucket.value, &key, changed.version_id).await;
            let expected = crate::Object { tags, ..changed.clone() };
            assert_eq!(found.unwrap().unwrap().value, ObjectVersion::Object(expected));
        }
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), b"2");
        let stale = world.objects.set_tags(&bucket, &key, None, &tags("e"), Some(&tags("a"))).await;
        assert!(matches!(stale, Err(WriteError::BucketChanged)));
        let (missing, tags) = (Some(VersionId::Null), tags("d"));
        assert_eq!(
            world.objects.set_tags(&bucket, &key, missing, &tags, None).await.unwrap(),
            None
        );
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_many_writers_at_once_each_leaves_its_version() {
        let world = World::new();
        let bucket = versioned(&world, Versioning::Enabled).await;
        let key = name("key");
        let bodies: Vec<_> = (0..24).map(|n| body(n * 1000)).collect();
        let puts = join_all(bodies.iter().map(|body| world.put(&bucket, "key", body))).await;
        let ids: Vec<_> = puts.into_iter().map(|put| put.unwrap().value.version_id).collect();
        for (id, body) in ids.iter().zip(&bodies) {
            let found = world.objects.version(&bucket.value, &key, *id).await.unwrap().unwrap();
            assert_eq!(world.bytes(found.value.as_object().unwrap()).await, *body);
        }
        // Removed at once too, whichever is the current one by then.
        let none: &[Condition] = &[];
        let removals = ids.iter().map(|id| world.objects.delete_version(&bucket, &key, *id, none));
        for (removed, version_id) in join_all(removals).await.into_iter().zip(&ids) {
            let expected = Deleted::Version { version_id: *version_id, delete_marker: false };
            assert_eq!(removed.unwrap(), expected);
        }
        assert_eq!(world.objects.current(&bucket.value, &key).await.unwrap(), None);
        world.run_jobs_after(SignedDuration::from_hours(48)).await;
        assert_eq!(world.files(), 0);
    }
}
