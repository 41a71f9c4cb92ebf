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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{World, body, name};

    #[tokio::test]
    async fn a_copy_lives_on_its_own() {
        let world = World::new();
        let (one, other) = (world.bucket("one").await, world.bucket("other").await);
        for length in [10, 300_000] {
            let source = world.put(&one, "key", &body(length)).await.unwrap().value;
            let none = Condition::None;
            let copy = world.objects.copy_object(&source, &other, &name("copy"), None, &none).await;
            let copy = copy.unwrap().value;
            assert_eq!((&copy.etag, copy.size), (&source.etag, source.size));
            assert_eq!(copy.checksums, source.checksums);
            assert!(world.objects.delete_object(&one, &source.key).await.unwrap());
            world.run_jobs_after(types::SignedDuration::from_hours(48)).await;
            assert_eq!(world.get(&other.value, "copy").await.unwrap(), body(length));
        }
    }

    #[tokio::test]
    async fn an_object_is_copied_onto_itself_with_other_attributes() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let source = world.put(&bucket, "key", &body(50_000)).await.unwrap().value;
        let content_type = Some("text/html".to_owned());
        let attributes = Attributes { content_type, ..Attributes::default() };
        let none = Condition::None;
        let copied = world
            .objects
            .copy_object(&source, &bucket, &source.key, Some(attributes.clone()), &none)
            .await;
        let copied = copied.unwrap().value;
        assert_eq!(copied.attributes, attributes);
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), body(50_000));
        world.run_jobs_after(types::SignedDuration::from_hours(48)).await;
        assert_eq!(world.files(), 1);
        let absent = Condition::Absent;
        let error = world.objects.copy_object(&copied, &bucket, &source.key, None, &absent).await;
        assert!(matches!(error, Err(WriteError::ConditionFailed { .. })));
    }
}
