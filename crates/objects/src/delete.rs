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
