use store::Batch;

use crate::{Bucket, OBJECTS, ObjectKey, Objects, Versioned, WriteError, object_key};

impl Objects {
    /// Deletes the object under the key. Says whether there was one; there being none is no error.
    ///
    /// # Errors
    /// [`WriteError::BucketChanged`] if there is an object, but the bucket is not as it was decided on;
    /// another [`WriteError`], if the store failed.
    pub async fn delete_object(
        &self,
        bucket: &Versioned<Bucket>,
        key: &ObjectKey,
    ) -> Result<bool, WriteError> {
        let deleted = self.change(bucket, key, Batch::new(), |current, batch| {
            let delete = |_| batch.delete(OBJECTS, object_key(&bucket.value, key));
            Ok(current.map(delete))
        });
        Ok(deleted.await?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{World, body, name};

    #[tokio::test]
    async fn deleting_says_whether_there_was_something() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        for length in [3, 50_000] {
            world.put(&bucket, "a/b", &body(length)).await.unwrap();
            for key in ["a", "a/", "A/b", "a//b", "a/./b"] {
                assert!(!world.objects.delete_object(&bucket, &name(key)).await.unwrap(), "{key}");
            }
            assert!(world.objects.delete_object(&bucket, &name("a/b")).await.unwrap());
            assert!(!world.objects.delete_object(&bucket, &name("a/b")).await.unwrap());
            assert_eq!(world.get(&bucket.value, "a/b").await, None);
        }
    }
}
