//! Buckets, keys and uploads: the index as records, the bytes as blobs.

mod bucket;

use std::sync::Arc;

pub use bucket::{Bucket, BucketName, NotABucketName};
use store::Records;
pub use store::Versioned;

/// Buckets and objects. Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    records: Arc<dyn Records>,
}

impl Objects {
    /// The bucket of this name.
    ///
    /// # Errors
    /// The store failed.
    pub async fn bucket(&self, name: &str) -> Result<Option<Versioned<Bucket>>, store::StoreError> {
        let key = store::Key::new().text(name);
        let found = self.records.get(store::Space::new("bucket"), &key).await?;
        let read = found.map(|found| {
            found.try_map(|value| {
                serde_json::from_slice(&value)
                    .map_err(|error| store::StoreError::Unavailable(Box::new(error)))
            })
        });
        read.transpose()
    }
}
