use store::{Batch, CommitError, Key, KeyRange, KeyReader, Scan, Version};
use types::{AccountId, Region, Uuid};

use crate::{
    ACCOUNT_BUCKETS, BUCKETS, Bucket, BucketName, OBJECTS, Objects, ObjectsError, Tags, Versioned,
    cleanup, objects_of, record,
};

/// Why a bucket was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateBucketError {
    /// The account has a bucket of this name (S3: `BucketAlreadyOwnedByYou`).
    #[error("the account owns the bucket {0} already")]
    AlreadyOwnedByYou(BucketName),
    /// Another account has a bucket of this name (S3: `BucketAlreadyExists`).
    #[error("the bucket name {0} is taken by another account")]
    AlreadyExists(BucketName),
    /// The store failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
}

/// Why a bucket was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteBucketError {
    /// It has objects, or versions of objects (S3: `BucketNotEmpty`).
    #[error("the bucket {0} has objects")]
    NotEmpty(BucketName),
    /// It is not as it was when the request was decided. Decide again.
    #[error("the bucket has changed or is gone since the request was decided")]
    BucketChanged,
    /// The store failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
}

impl Objects {
    /// The bucket of this name, whoever owns it: names are global.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn bucket(&self, name: &str) -> Result<Option<Versioned<Bucket>>, ObjectsError> {
        let found = self.records.get(BUCKETS, &bucket_key(name)).await?;
        found.map(|found| found.try_map(|value| record::read_bucket(name, &value))).transpose()
    }

    /// Makes a bucket with the settings of new ones.
    ///
    /// # Errors
    /// [`CreateBucketError`], if the name is taken or the store failed.
    pub async fn create_bucket(
        &self,
        name: BucketName,
        owner: AccountId,
        region: Region,
        tags: Tags,
    ) -> Result<Versioned<Bucket>, CreateBucketError> {
        let id = Uuid::random(&*self.entropy);
        let created = self.clock.now();
        let bucket = Bucket { tags, ..Bucket::new(name, owner, region, id, created) };
        let batch = Batch::new()
            .insert(BUCKETS, bucket_key(bucket.name.as_str()), record::write_bucket(&bucket))
            .put(ACCOUNT_BUCKETS, account_key(&bucket.owner, &bucket.name), Vec::new());
        match self.records.commit(batch).await {
            Ok(revision) => Ok(Versioned { version: Version(revision.0), value: bucket }),
            Err(CommitError::Store(error)) => Err(ObjectsError::from(error).into()),
            Err(CommitError::Conflict(_)) => {
                let taken = self.bucket(bucket.name.as_str()).await?;
                if taken.is_some_and(|taken| taken.value.owner == bucket.owner) {
                    Err(CreateBucketError::AlreadyOwnedByYou(bucket.name))
                } else {
                    Err(CreateBucketError::AlreadyExists(bucket.name))
                }
            }
        }
    }

    /// Deletes the bucket, if it is still as it was decided on and has no versions of objects. That, and that no
    /// object comes in meanwhile, is settled by the one commit: a put requires the bucket as well.
    ///
    /// # Errors
    /// [`DeleteBucketError`], if it has versions of objects, has changed, or the store failed.
    pub async fn delete_bucket(&self, bucket: &Versioned<Bucket>) -> Result<(), DeleteBucketError> {
        let Bucket { name, owner, .. } = &bucket.value;
        let batch = Batch::new()
            .remove(BUCKETS, bucket_key(name.as_str()), bucket.version)
            .delete(ACCOUNT_BUCKETS, account_key(owner, name))
            // As long as there is any version of an object there is a current one.
            .require_empty(OBJECTS, KeyRange::within(&objects_of(&bucket.value)));
        // Uploads that are under way do not keep a bucket, and end with it.
        let batch = cleanup::removal_of_uploads(self, &bucket.value).enqueue(batch);
        match self.records.commit(batch).await {
            Ok(_) => Ok(()),
            Err(CommitError::Conflict(failed)) if failed.space() == OBJECTS => {
                Err(DeleteBucketError::NotEmpty(name.clone()))
            }
            Err(CommitError::Conflict(_)) => Err(DeleteBucketError::BucketChanged),
            Err(CommitError::Store(error)) => Err(ObjectsError::from(error).into()),
        }
    }

    /// Gives the bucket other settings, which `change` makes in a copy of it. Who calls has checked them.
    ///
    /// # Errors
    /// [`ObjectsError::Contended`], if it is not as it was decided on; another [`ObjectsError`], if the
    /// store failed.
    pub async fn change_bucket(
        &self,
        bucket: &Versioned<Bucket>,
        change: impl FnOnce(&mut Bucket),
    ) -> Result<Versioned<Bucket>, ObjectsError> {
        let mut changed = bucket.value.clone();
        change(&mut changed);
        let batch = Batch::new().replace(
            BUCKETS,
            bucket_key(bucket.value.name.as_str()),
            bucket.version,
            record::write_bucket(&changed),
        );
        match self.records.commit(batch).await {
            Ok(revision) => Ok(Versioned { version: Version(revision.0), value: changed }),
            Err(CommitError::Conflict(_)) => Err(ObjectsError::Contended),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// The account's buckets whose names start with `prefix`, in the order of their names, behind
    /// `after`, at most `limit` of them.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn buckets_of(
        &self,
        owner: &AccountId,
        prefix: &str,
        after: Option<&BucketName>,
        limit: usize,
    ) -> Result<Vec<Bucket>, ObjectsError> {
        let mut range = KeyRange::with_text_prefix(&Key::new().text(owner.as_str()), prefix);
        if let Some(after) = after {
            range = range.after(&account_key(owner, after));
        }
        let page = self.records.scan(Scan::new(ACCOUNT_BUCKETS, range, limit)).await?;
        let mut buckets = Vec::with_capacity(page.entries.len());
        for (key, _) in page.entries {
            let mut reader = KeyReader::new(&key);
            let name = reader
                .text()
                .and_then(|_| reader.text())
                .map_err(|_| ObjectsError::Damaged { what: format!("a bucket of {owner}") })?;
            // One that was deleted since the scan is simply not there any more.
            if let Some(bucket) = self.bucket(&name).await? {
                buckets.push(bucket.value);
            }
        }
        Ok(buckets)
    }
}

pub(crate) fn bucket_key(name: &str) -> Key {
    Key::new().text(name)
}

fn account_key(owner: &AccountId, name: &BucketName) -> Key {
    Key::new().text(owner.as_str()).text(name.as_str())
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::{WriteError, testing::World};

    fn account(text: &str) -> AccountId {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_bucket_is_found_by_its_name() {
        let world = World::new();
        let made = world.bucket("bucket").await;
        assert_eq!(world.objects.bucket("bucket").await.unwrap(), Some(made));
        for name in ["bucke", "bucket2", "BUCKET", ""] {
            assert_eq!(world.objects.bucket(name).await.unwrap(), None, "{name}");
        }
    }

    #[tokio::test]
    async fn a_name_is_given_once_among_all_accounts() {
        let world = World::new();
        let first = world.bucket("bucket").await.value;
        let again = async |owner| {
            let name = first.name.clone();
            world
                .objects
                .create_bucket(name, owner, first.region.clone(), Tags::default())
                .await
                .unwrap_err()
        };
        let error = again(first.owner).await;
        assert!(matches!(error, CreateBucketError::AlreadyOwnedByYou(_)), "{error}");
        let error = again(account("210987654321")).await;
        assert!(matches!(error, CreateBucketError::AlreadyExists(_)), "{error}");
        assert!(
            world
                .objects
                .buckets_of(&account("210987654321"), "", None, 9)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(world.objects.bucket("bucket").await.unwrap().unwrap().value, first);
    }

    #[tokio::test]
    async fn an_account_lists_its_own_buckets() {
        let world = World::new();
        for name in ["b-3", "b-1", "b-2"] {
            world.bucket(name).await;
        }
        let other = account("210987654321");
        let region: Region = "eu-central-1".parse().unwrap();
        world
            .objects
            .create_bucket("b-0".parse().unwrap(), other, region, Tags::default())
            .await
            .unwrap();
        let names = async |prefix: &str, after: Option<&str>, limit| {
            let after = after.map(|name| name.parse().unwrap());
            let own = account("123456789012");
            let found =
                world.objects.buckets_of(&own, prefix, after.as_ref(), limit).await.unwrap();
            found.into_iter().map(|bucket| bucket.name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names("", None, 10).await, ["b-1", "b-2", "b-3"]);
        assert_eq!(names("", Some("b-1"), 1).await, ["b-2"]);
        assert_eq!(names("b-3", None, 10).await, ["b-3"]);
        let gone = world.objects.bucket("b-2").await.unwrap().unwrap();
        world.objects.delete_bucket(&gone).await.unwrap();
        assert_eq!(names("", None, 10).await, ["b-1", "b-3"]);
    }

    #[tokio::test]
    async fn only_an_empty_bucket_is_deleted() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let neighbour = world.bucket("bucket2").await;
        world.put(&neighbour, "key", b"x").await.unwrap();
        let object = world.put(&bucket, "key", b"x").await.unwrap().value;
        let error = world.objects.delete_bucket(&bucket).await.unwrap_err();
        assert!(matches!(error, DeleteBucketError::NotEmpty(_)), "{error}");
        assert!(world.objects.bucket("bucket").await.unwrap().is_some());
        world.objects.delete_object(&bucket, &object.key, &[]).await.unwrap();
        world.objects.delete_bucket(&bucket).await.unwrap();
        assert_eq!(world.objects.bucket("bucket").await.unwrap(), None);
        let error = world.objects.delete_bucket(&bucket).await.unwrap_err();
        assert!(matches!(error, DeleteBucketError::BucketChanged), "{error}");
    }

    #[tokio::test]
    async fn a_later_bucket_of_the_name_is_another_one() {
        let world = World::new();
        let first = world.bucket("bucket").await;
        world.objects.delete_bucket(&first).await.unwrap();
        let second = world.bucket("bucket").await;
        assert_ne!(first.value.id, second.value.id);
        // What was decided on the first does not reach the second.
        let error = world.put(&first, "key", b"x").await.unwrap_err();
        assert!(matches!(error, WriteError::BucketChanged), "{error}");
        let error = world.objects.delete_bucket(&first).await.unwrap_err();
        assert!(matches!(error, DeleteBucketError::BucketChanged), "{error}");
        assert_eq!(world.get(&second.value, "key").await, None);
    }

    #[tokio::test]
    async fn a_decision_on_the_old_policy_is_not_carried_out() {
        let world = World::new();
        let before = world.bucket("bucket").await;
        world.put(&before, "key", b"old").await.unwrap();
        let policy = Some("{}".to_owned());
        let change = |bucket: &mut Bucket| bucket.policy.clone_from(&policy);
        let after = world.objects.change_bucket(&before, change).await.unwrap();
        assert_eq!(after.value.policy, policy);
        assert_eq!(world.objects.bucket("bucket").await.unwrap().unwrap(), after);
        let error = world.put(&before, "key", b"new").await.unwrap_err();
        assert!(matches!(error, WriteError::BucketChanged), "{error}");
        let key = "key".parse().unwrap();
        let error = world.objects.delete_object(&before, &key, &[]).await.unwrap_err();
        assert!(matches!(error, WriteError::BucketChanged), "{error}");
        let error = world.objects.change_bucket(&before, change).await.unwrap_err();
        assert!(matches!(error, ObjectsError::Contended), "{error}");
        assert_eq!(world.get(&after.value, "key").await.unwrap(), b"old");
        world.put(&after, "key", b"new").await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_object_outlives_a_bucket_that_is_deleted_meanwhile() {
        let world = World::new();
        for round in 0..20 {
            let bucket = world.bucket(&format!("bucket-{round}")).await;
            let keys: Vec<_> = (0..4).map(|n| n.to_string()).collect();
            let puts = join_all(keys.iter().map(|key| world.put(&bucket, key, b"x")));
            let (puts, deleted) =
                futures_util::future::join(puts, world.objects.delete_bucket(&bucket)).await;
            for (key, put) in keys.iter().zip(puts) {
                let there = world.get(&bucket.value, key).await.is_some();
                assert_eq!(put.is_ok(), there);
                assert!(!(there && deleted.is_ok()), "an object without its bucket");
            }
            let name = bucket.value.name.as_str();
            assert_eq!(world.objects.bucket(name).await.unwrap().is_none(), deleted.is_ok());
        }
    }
}
