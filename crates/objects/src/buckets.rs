use store::{Batch, CommitError, Key, KeyRange, KeyReader, Scan, Version};
use types::{AccountId, Region, Uuid};

use crate::{
    ACCOUNT_BUCKETS, BUCKETS, Bucket, BucketName, OBJECTS, Objects, ObjectsError, Versioned,
    objects_of, record,
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
    /// It has objects (S3: `BucketNotEmpty`).
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

    /// Makes a bucket.
    ///
    /// # Errors
    /// [`CreateBucketError`], if the name is taken or the store failed.
    pub async fn create_bucket(
        &self,
        name: BucketName,
        owner: AccountId,
        region: Region,
    ) -> Result<Versioned<Bucket>, CreateBucketError> {
        let id = Uuid::random(&*self.entropy);
        let created = self.clock.now();
        let bucket = Bucket { name, owner, region, id, created, policy: None };
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

    /// Deletes the bucket, if it is still as it was decided on and has no objects. That, and that no
    /// object comes in meanwhile, is settled by the one commit: a put requires the bucket as well.
    ///
    /// # Errors
    /// [`DeleteBucketError`], if it has objects, has changed, or the store failed.
    pub async fn delete_bucket(&self, bucket: &Versioned<Bucket>) -> Result<(), DeleteBucketError> {
        let Bucket { name, owner, .. } = &bucket.value;
        let batch = Batch::new()
            .remove(BUCKETS, bucket_key(name.as_str()), bucket.version)
            .delete(ACCOUNT_BUCKETS, account_key(owner, name))
            .require_empty(OBJECTS, KeyRange::within(&objects_of(&bucket.value)));
        match self.records.commit(batch).await {
            Ok(_) => Ok(()),
            Err(CommitError::Conflict(failed)) if failed.space() == OBJECTS => {
                Err(DeleteBucketError::NotEmpty(name.clone()))
            }
            Err(CommitError::Conflict(_)) => Err(DeleteBucketError::BucketChanged),
            Err(CommitError::Store(error)) => Err(ObjectsError::from(error).into()),
        }
    }

    /// Gives the bucket another policy, or none. The text is kept as it is; who calls has checked it.
    ///
    /// # Errors
    /// [`ObjectsError::Contended`], if it is not as it was decided on; another [`ObjectsError`], if the
    /// store failed.
    pub async fn set_bucket_policy(
        &self,
        bucket: &Versioned<Bucket>,
        policy: Option<String>,
    ) -> Result<Versioned<Bucket>, ObjectsError> {
        let changed = Bucket { policy, ..bucket.value.clone() };
        let batch = Batch::new().replace(
            BUCKETS,
            bucket_key(changed.name.as_str()),
            bucket.version,
            record::write_bucket(&changed),
        );
        match self.records.commit(batch).await {
            Ok(revision) => Ok(Versioned { version: Version(revision.0), value: changed }),
            Err(CommitError::Conflict(_)) => Err(ObjectsError::Contended),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// The account's buckets in the order of their names, behind `after`, at most `limit` of them.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn buckets_of(
        &self,
        owner: &AccountId,
        after: Option<&BucketName>,
        limit: usize,
    ) -> Result<Vec<Bucket>, ObjectsError> {
        let mut range = KeyRange::within(&Key::new().text(owner.as_str()));
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
