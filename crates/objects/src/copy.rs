use futures_util::TryStreamExt;

use crate::{
    Attributes, Bucket, Condition, Object, ObjectKey, Objects, Versioned, WriteError, put::Intent,
};

impl Objects {
    /// Writes the bytes of `source` under another key, or the same one: a body of its own, so
    /// that deleting one leaves the other. Tag and checksums are those of the source, as its bytes are.
    ///
    /// With `attributes` the copy has these, otherwise the source's (`x-amz-metadata-directive`).
    ///
    /// # Errors
    /// [`WriteError`]: what lies under the key is as it was.
    pub async fn copy_object(
        &self,
        source: &Object,
        bucket: &Versioned<Bucket>,
        key: &ObjectKey,
        attributes: Option<Attributes>,
        condition: &Condition,
    ) -> Result<Versioned<Object>, WriteError> {
        let mut put = self.begin_put();
        let mut body = self.read(source, 0..source.size).await?;
        while let Some(piece) = body.try_next().await? {
            put.append(piece).await?;
        }
        let intent = Intent {
            bucket,
            key,
            etag: source.etag.clone(),
            checksums: source.checksums.clone(),
            attributes: attributes.unwrap_or_else(|| source.attributes.clone()),
            condition,
        };
        self.publish(intent, put.finish().await?).await
    }
}
