use std::ops::Range;

use futures_util::TryStreamExt;
use sigv4::{ChecksumAlgorithm, Digester, Digests};

use crate::{
    Attributes, Bucket, ChecksumType, Condition, ETag, Object, ObjectKey, Objects, Part,
    PartNumber, Put, Tags, Upload, UploadChecksum, Versioned, WriteError, put::Intent,
};

/// What a copy has that its source may not have.
#[derive(Debug, Clone, Default)]
pub struct CopyOptions {
    /// These attributes instead of the source's (`x-amz-metadata-directive`).
    pub attributes: Option<Attributes>,
    /// These tags, whatever the source's are.
    pub tags: Tags,
    /// A checksum by this algorithm instead of the source's.
    pub checksum: Option<ChecksumAlgorithm>,
    /// What must hold of the key.
    pub condition: Condition,
}

impl Objects {
    /// Writes the bytes of `source` under another key, or the same one: a body of its own, so that
    /// deleting one leaves the other. Its tag is the MD5 of its bytes, also if the source was put
    /// together of parts, and its checksum is one of all bytes.
    ///
    /// Source: S3 API Reference, `CopyObject`; S3 User Guide, *Checking object integrity in Amazon S3*.
    ///
    /// # Errors
    /// [`WriteError`]: what lies under the key is as it was.
    pub async fn copy_object(
        &self,
        source: &Object,
        bucket: &Versioned<Bucket>,
        key: &ObjectKey,
        options: CopyOptions,
    ) -> Result<Versioned<Object>, WriteError> {
        let kept = source.checksums.first().map(sigv4::Checksum::algorithm);
        let algorithm = options.checksum.or(kept).unwrap_or(UploadChecksum::DEFAULT.algorithm);
        let (put, digests) = self.copy_bytes(source, 0..source.size, algorithm).await?;
        let intent = Intent {
            bucket,
            key,
            etag: ETag::of_md5(digests.md5().ok_or(WriteError::NoMd5)?),
            checksums: digests.checksums().to_vec(),
            checksum_type: ChecksumType::FullObject,
            attributes: options.attributes.unwrap_or_else(|| source.attributes.clone()),
            tags: options.tags,
            condition: &options.condition,
            completed: None,
        };
        self.publish(intent, put.finish().await?).await
    }

    /// Makes some bytes of `source` a part of an upload, in place of an earlier one of that number.
    ///
    /// # Errors
    /// [`WriteError`]: the upload is as it was.
    pub async fn copy_part(
        &self,
        source: &Object,
        range: Range<u64>,
        bucket: &Versioned<Bucket>,
        upload: &Versioned<Upload>,
        number: PartNumber,
    ) -> Result<Part, WriteError> {
        let algorithm = upload.value.checksum.unwrap_or(UploadChecksum::DEFAULT).algorithm;
        let (put, digests) = self.copy_bytes(source, range, algorithm).await?;
        put.keep_part(&digests, bucket, upload, number).await
    }

    /// Copies bytes piece by piece, with their digests.
    async fn copy_bytes(
        &self,
        source: &Object,
        range: Range<u64>,
        algorithm: ChecksumAlgorithm,
    ) -> Result<(Put, Digests), WriteError> {
        let mut put = self.begin_put();
        let mut digester = Digester::new().with_checksum(algorithm);
        let mut body = self.read(source, range).await?;
        while let Some(piece) = body.try_next().await? {
            digester.update(&piece);
            put.append(piece).await?;
        }
        Ok((put, digester.finish()))
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
            let options = CopyOptions::default();
            let copy = world.objects.copy_object(&source, &other, &name("copy"), options).await;
            let copy = copy.unwrap().value;
            assert_eq!((&copy.etag, copy.size), (&source.etag, source.size));
            assert_eq!(copy.checksums, source.checksums);
            world.objects.delete_object(&one, &source.key, &[]).await.unwrap();
            world.run_jobs_after(types::SignedDuration::from_hours(48)).await;
            assert_eq!(world.get(&other.value, "copy").await.unwrap(), body(length));
        }
    }

    #[tokio::test]
    async fn a_copy_can_have_another_checksum() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let source = world.put(&bucket, "key", b"123456789").await.unwrap().value;
        for algorithm in ChecksumAlgorithm::ALL {
            let options = CopyOptions { checksum: Some(algorithm), ..CopyOptions::default() };
            let copy = world.objects.copy_object(&source, &bucket, &name("copy"), options).await;
            let expected = sigv4::Checksum::of(algorithm, b"123456789");
            assert_eq!(copy.unwrap().value.checksums, [expected]);
        }
    }

    #[tokio::test]
    async fn an_object_is_copied_onto_itself_with_other_attributes() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let source = world.put(&bucket, "key", &body(50_000)).await.unwrap().value;
        let content_type = Some("text/html".to_owned());
        let attributes = Attributes { content_type, ..Attributes::default() };
        let options =
            CopyOptions { attributes: Some(attributes.clone()), ..CopyOptions::default() };
        let copied = world.objects.copy_object(&source, &bucket, &source.key, options).await;
        let copied = copied.unwrap().value;
        assert_eq!(copied.attributes, attributes);
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), body(50_000));
        world.run_jobs_after(types::SignedDuration::from_hours(48)).await;
        assert_eq!(world.files(), 1);
        let options = CopyOptions { condition: Condition::Absent, ..CopyOptions::default() };
        let error = world.objects.copy_object(&copied, &bucket, &source.key, options).await;
        assert!(matches!(error, Err(WriteError::ConditionFailed { .. })));
    }
}
