use store::Batch;

use crate::{
    Bucket, Condition, DeleteMarker, ObjectKey, ObjectVersion, Objects, VersionId, Versioned,
    Versioning, WriteError, history::Stamp,
};

/// What a deletion did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// Nothing: there was no such version.
    Nothing,
    /// This version is gone for good.
    Version {
        /// The version.
        version_id: VersionId,
        /// Whether it was a delete marker.
        delete_marker: bool,
    },
    /// There is a delete marker under the key now. What was there is kept, unless it was the null
    /// version and so is this one.
    Marked {
        /// The delete marker.
        version_id: VersionId,
    },
}

impl Objects {
    /// Deletes what is under the key: for good if the bucket never kept versions, otherwise by a delete
    /// marker, also where there is nothing. The conditions are on the current version.
    ///
    /// # Errors
    /// [`WriteError::BucketChanged`] if the bucket is not as it was decided on and something were
    /// changed; another [`WriteError`], if a condition does not hold or the store failed.
    pub async fn delete_object(
        &self,
        bucket: &Versioned<Bucket>,
        key: &ObjectKey,
        conditions: &[Condition],
    ) -> Result<Deleted, WriteError> {
        if bucket.value.versioning == Versioning::Off {
            return self.delete_version(bucket, key, VersionId::Null, conditions).await;
        }
        let marker = |stamp: Stamp, batch| {
            let marker = DeleteMarker {
                key: key.clone(),
                version_id: stamp.version_id,
                last_modified: stamp.last_modified,
            };
            (ObjectVersion::DeleteMarker(marker), batch)
        };
        let added = self.add_version(bucket, key, conditions, Batch::new(), marker).await?;
        let (_, stamp) = added;
        Ok(Deleted::Marked { version_id: stamp.version_id })
    }

    /// Removes one version for good, also a delete marker. The conditions are on that version.
    ///
    /// # Errors
    /// As [`Objects::delete_object`].
    pub async fn delete_version(
        &self,
        bucket: &Versioned<Bucket>,
        key: &ObjectKey,
        version_id: VersionId,
        conditions: &[Condition],
    ) -> Result<Deleted, WriteError> {
        let removed = self.remove_version(bucket, key, version_id, conditions).await?;
        Ok(removed.map_or(Deleted::Nothing, |removed| Deleted::Version {
            version_id,
            delete_marker: removed.as_object().is_none(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{World, body, name};

    #[tokio::test]
    async fn deleting_says_whether_there_was_something() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let delete =
            async |key: &str| world.objects.delete_object(&bucket, &name(key), &[]).await.unwrap();
        for length in [3, 50_000] {
            world.put(&bucket, "a/b", &body(length)).await.unwrap();
            for key in ["a", "a/", "A/b", "a//b", "a/./b"] {
                assert_eq!(delete(key).await, Deleted::Nothing, "{key}");
            }
            let gone = Deleted::Version { version_id: VersionId::Null, delete_marker: false };
            assert_eq!(delete("a/b").await, gone);
            assert_eq!(delete("a/b").await, Deleted::Nothing);
            assert_eq!(world.get(&bucket.value, "a/b").await, None);
        }
    }

    #[tokio::test]
    async fn a_deletion_holds_to_its_conditions() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let object = world.put(&bucket, "key", b"abc").await.unwrap().value;
        let delete = async |conditions: &[Condition]| {
            world.objects.delete_object(&bucket, &name("key"), conditions).await
        };
        let later = object.last_modified + types::SignedDuration::from_secs(1);
        let tag = Condition::Matches(object.etag.to_string());
        for conditions in [
            vec![Condition::Matches("\"00\"".to_owned())],
            vec![Condition::HasSize(4)],
            vec![Condition::WrittenAt(later)],
            vec![tag.clone(), Condition::HasSize(2)],
        ] {
            let error = delete(&conditions).await.unwrap_err();
            let current = Some(object.etag.clone());
            assert!(
                matches!(&error, WriteError::ConditionFailed { current: c } if *c == current),
                "{conditions:?}: {error}"
            );
            assert_eq!(world.get(&bucket.value, "key").await.unwrap(), b"abc");
        }
        let all = [
            Condition::Exists,
            tag,
            Condition::HasSize(3),
            Condition::WrittenAt(object.last_modified),
        ];
        delete(&all).await.unwrap();
        assert_eq!(world.get(&bucket.value, "key").await, None);
        let error = delete(&[Condition::Exists]).await.unwrap_err();
        assert!(matches!(error, WriteError::ConditionFailed { current: None }), "{error}");
        let size_and_time = [Condition::HasSize(9), Condition::WrittenAt(later)];
        assert_eq!(delete(&size_and_time).await.unwrap(), Deleted::Nothing);
    }
}
