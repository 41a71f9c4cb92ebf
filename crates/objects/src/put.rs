use bytes::{Bytes, BytesMut};
use jobs::Job;
use sigv4::{Checksum, Digests, Verified};
use store::{Batch, BlobId, CommitError, Key, StagedBlob, Version};

use crate::{
    Attributes, Bucket, COMPLETED_UPLOADS, ChecksumType, Condition, ETag, Object, ObjectKey,
    ObjectVersion, Objects, ObjectsError, Tags, USER_METADATA_BYTES_MAX, VersionId, Versioned,
    WriteError,
    cleanup::{self, ABANDONED_AFTER},
    history::Stamp,
    object::Body,
    record,
};

/// The longest body that lies in its object's record, in bytes.
pub const INLINE_MAX: usize = 16 << 10;

/// A body that is being written. Nothing of it can be seen before [`Put::publish`]; dropped, it leaves
/// the old object as it was.
pub struct Put {
    objects: Objects,
    pending: Pending,
    length: u64,
    tags: Tags,
}

enum Pending {
    Short(BytesMut),
    Long(Staged),
}

struct Staged {
    id: BlobId,
    writer: Box<dyn StagedBlob>,
    /// Removes the blob, unless the commit that makes it visible cancels it.
    removal: (Job, Version),
}

/// A body that is on the disk, or short enough to lie in the record.
pub(crate) struct Written {
    pub(crate) body: Body,
    pub(crate) length: u64,
    /// What the commit that makes it visible does besides: it cancels the removal of the bytes.
    pub(crate) batch: Batch,
}

/// What is to be written, where, and if what holds.
pub(crate) struct Intent<'a> {
    pub(crate) bucket: &'a Versioned<Bucket>,
    pub(crate) key: &'a ObjectKey,
    pub(crate) etag: ETag,
    pub(crate) checksums: Vec<Checksum>,
    pub(crate) checksum_type: ChecksumType,
    pub(crate) attributes: Attributes,
    pub(crate) tags: Tags,
    pub(crate) condition: &'a Condition,
    /// Where in [`COMPLETED_UPLOADS`] the object is remembered too.
    pub(crate) completed: Option<Key>,
}

impl Objects {
    /// Begins to write a body. Where it goes is said when it is published.
    #[must_use]
    pub fn begin_put(&self) -> Put {
        Put {
            objects: self.clone(),
            pending: Pending::Short(BytesMut::new()),
            length: 0,
            tags: Tags::default(),
        }
    }

    /// Makes the body the current version under the key.
    pub(crate) async fn publish(
        &self,
        intent: Intent<'_>,
        written: Written,
    ) -> Result<Versioned<Object>, WriteError> {
        let Intent {
            bucket,
            key,
            etag,
            checksums,
            checksum_type,
            attributes,
            tags,
            condition,
            completed,
        } = intent;
        let length = attributes.user_metadata_length();
        if length > USER_METADATA_BYTES_MAX {
            let limit = USER_METADATA_BYTES_MAX;
            return Err(WriteError::MetadataTooLarge { length, limit });
        }
        let Written { body, length: size, batch } = written;
        let mut object = Object {
            key: key.clone(),
            version_id: VersionId::Null,
            size,
            etag,
            last_modified: self.clock.now(),
            checksums,
            checksum_type,
            attributes,
            tags,
            body,
        };
        let stamped = |stamp: Stamp, batch: Batch| {
            let object = Object {
                version_id: stamp.version_id,
                last_modified: stamp.last_modified,
                ..object.clone()
            };
            let batch = match &completed {
                Some(place) => {
                    batch.put(COMPLETED_UPLOADS, place.clone(), record::write_object(&object))
                }
                None => batch,
            };
            (ObjectVersion::Object(object), batch)
        };
        let conditions = std::slice::from_ref(condition);
        let (version, stamp) = self.add_version(bucket, key, conditions, batch, stamped).await?;
        object.version_id = stamp.version_id;
        object.last_modified = stamp.last_modified;
        Ok(Versioned { version, value: object })
    }
}

impl Put {
    /// The same with tags for the object.
    #[must_use]
    pub fn with_tags(mut self, tags: Tags) -> Self {
        self.tags = tags;
        self
    }

    /// Writes the bytes behind those written so far.
    ///
    /// # Errors
    /// [`ObjectsError`], if they cannot be written. The put can then only be dropped.
    pub async fn append(&mut self, bytes: Bytes) -> Result<(), ObjectsError> {
        self.length += bytes.len() as u64;
        match &mut self.pending {
            Pending::Short(short) if short.len() + bytes.len() <= INLINE_MAX => {
                short.extend_from_slice(&bytes);
            }
            Pending::Short(short) => {
                let beginning = std::mem::take(short).freeze();
                let mut staged = self.objects.stage().await?;
                staged.writer.append(beginning).await?;
                staged.writer.append(bytes).await?;
                self.pending = Pending::Long(staged);
            }
            Pending::Long(staged) => staged.writer.append(bytes).await?,
        }
        Ok(())
    }

    /// Makes what was written the object under the key, at once and durably, in place of the one that is
    /// there, or as its next version: the bytes that were verified, in the bucket that was decided on.
    ///
    /// # Errors
    /// [`WriteError`]: the old object is as it was.
    pub async fn publish(
        self,
        verified: &Verified<Digests>,
        bucket: &Versioned<Bucket>,
        key: &ObjectKey,
        attributes: Attributes,
        condition: &Condition,
    ) -> Result<Versioned<Object>, WriteError> {
        let digests = verified.get();
        if digests.length() != self.length {
            let (written, verified) = (self.length, digests.length());
            return Err(WriteError::NotWhatWasVerified { written, verified });
        }
        let etag = ETag::of_md5(digests.md5().ok_or(WriteError::NoMd5)?);
        let checksums = digests.checksums().to_vec();
        let objects = self.objects.clone();
        let checksum_type = ChecksumType::FullObject;
        let completed = None;
        let tags = self.tags.clone();
        let intent = Intent {
            bucket,
            key,
            etag,
            checksums,
            checksum_type,
            attributes,
            tags,
            condition,
            completed,
        };
        if *condition != Condition::None {
            // Refused before the disk is synced for it, if that is certain already.
            let current = objects.object(&bucket.value, key).await?;
            condition.check(current.map(|current| current.value).as_ref())?;
        }
        objects.publish(intent, self.finish().await?).await
    }

    /// Puts the bytes on the disk, still unseen.
    pub(crate) async fn finish(self) -> Result<Written, WriteError> {
        let length = self.length;
        match self.pending {
            Pending::Short(short) => {
                Ok(Written { body: Body::Inline(short.freeze()), length, batch: Batch::new() })
            }
            Pending::Long(staged) => {
                let (id, batch) = staged.finish().await?;
                Ok(Written { body: Body::Blob(id), length, batch })
            }
        }
    }

    /// Puts the bytes on the disk as a blob, still unseen, however few they are. Gives its id, its
    /// length, and what the commit that makes it visible does besides.
    pub(crate) async fn finish_as_blob(self) -> Result<(BlobId, u64, Batch), ObjectsError> {
        let staged = match self.pending {
            Pending::Short(short) => {
                let mut staged = self.objects.stage().await?;
                staged.writer.append(short.freeze()).await?;
                staged
            }
            Pending::Long(staged) => staged,
        };
        let (id, batch) = staged.finish().await?;
        Ok((id, self.length, batch))
    }

    /// What it is written into.
    pub(crate) fn objects(&self) -> &Objects {
        &self.objects
    }

    /// How many bytes were written.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }
}

impl Staged {
    async fn finish(self) -> Result<(BlobId, Batch), ObjectsError> {
        let Self { id, writer, removal: (removal, version) } = self;
        writer.publish().await?;
        Ok((id, removal.cancel(version, Batch::new())))
    }
}

impl Objects {
    /// Begins a blob, after recording that it is to be removed.
    async fn stage(&self) -> Result<Staged, ObjectsError> {
        let id = BlobId::random(&*self.entropy);
        let removal = cleanup::removal(self, id, self.clock.now() + ABANDONED_AFTER);
        let version = match self.records.commit(removal.enqueue(Batch::new())).await {
            Ok(revision) => Version(revision.0),
            Err(CommitError::Conflict(_)) => return Err(ObjectsError::Contended),
            Err(CommitError::Store(error)) => return Err(error.into()),
        };
        let writer = self.blobs.stage(id).await?;
        Ok(Staged { id, writer, removal: (removal, version) })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use types::SignedDuration;

    use super::*;
    use crate::testing::{World, body, name, verified};

    #[tokio::test]
    async fn a_body_of_any_length_comes_back() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        for length in [0, 1, INLINE_MAX - 1, INLINE_MAX, INLINE_MAX + 1, 700_000] {
            let body = body(length);
            let written = world.put(&bucket, "key", &body).await.unwrap();
            let found = world.objects.object(&bucket.value, &name("key")).await.unwrap().unwrap();
            assert_eq!(found, written, "{length}");
            assert_eq!(found.value.size, length as u64);
            assert_eq!(matches!(found.value.body, Body::Inline(_)), length <= INLINE_MAX);
            assert_eq!(found.value.etag, ETag::of_md5(verified(&body).get().md5().unwrap()));
            assert_eq!(found.value.checksums, verified(&body).get().checksums());
            assert_eq!(world.get(&bucket.value, "key").await.unwrap(), body, "{length}");
        }
    }

    #[tokio::test]
    async fn what_the_writer_said_comes_back() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let attributes = Attributes {
            content_type: Some("text/plain; charset=utf-8".to_owned()),
            cache_control: Some("no-store".to_owned()),
            content_disposition: Some("attachment".to_owned()),
            content_encoding: Some("gzip".to_owned()),
            content_language: Some("de".to_owned()),
            expires: Some("whenever".to_owned()),
            user_metadata: [("colour".to_owned(), "grün".to_owned())].into(),
        };
        let put = world.objects.begin_put();
        put.publish(&verified(b""), &bucket, &name("key"), attributes.clone(), &Condition::None)
            .await
            .unwrap();
        let found = world.objects.object(&bucket.value, &name("key")).await.unwrap().unwrap();
        assert_eq!(found.value.attributes, attributes);
        assert_eq!(found.value.last_modified, types::Clock::now(&*world.clock));
    }

    #[tokio::test]
    async fn too_much_user_metadata_is_refused() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        for (length, accepted) in
            [(USER_METADATA_BYTES_MAX, true), (USER_METADATA_BYTES_MAX + 1, false)]
        {
            let user_metadata = [("n".to_owned(), "v".repeat(length - 1))].into();
            let attributes = Attributes { user_metadata, ..Attributes::default() };
            let put = world.objects.begin_put();
            let condition = Condition::None;
            let key = name(&length.to_string());
            let result = put.publish(&verified(b""), &bucket, &key, attributes, &condition).await;
            assert_eq!(result.is_ok(), accepted);
            let there = world.objects.object(&bucket.value, &key).await.unwrap().is_some();
            assert_eq!(there, accepted);
        }
    }

    #[tokio::test]
    async fn keys_are_literal() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let keys =
            ["a/b", "a//b", "a/../b", "b", "/b", "./b", "a/B", "a/b/", "a/%2e%2e/b", "a\0", "ä"];
        for key in keys {
            world.put(&bucket, key, key.as_bytes()).await.unwrap();
        }
        for key in keys {
            assert_eq!(world.get(&bucket.value, key).await.unwrap(), key.as_bytes());
        }
        assert_eq!(world.get(&bucket.value, "a").await, None);
        assert_eq!(world.get(&bucket.value, "A/b").await, None);
    }

    #[tokio::test]
    async fn what_is_not_published_changes_nothing_and_is_removed() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        world.put(&bucket, "key", b"old").await.unwrap();
        let mut put = world.objects.begin_put();
        put.append(body(100_000).into()).await.unwrap();
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), b"old");
        assert_eq!(world.files(), 1);
        // As after a crash: nothing is dropped.
        std::mem::forget(put);
        world.run_jobs_after(ABANDONED_AFTER - SignedDuration::from_secs(1)).await;
        assert_eq!(world.files(), 1);
        world.run_jobs_after(SignedDuration::from_secs(1)).await;
        assert_eq!(world.files(), 0);
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), b"old");
    }

    #[tokio::test]
    async fn bytes_on_the_disk_that_no_commit_followed_are_removed() {
        let world = World::new();
        let mut put = world.objects.begin_put();
        put.append(body(100_000).into()).await.unwrap();
        drop(put.finish().await.unwrap());
        assert_eq!(world.files(), 1);
        world.run_jobs_after(ABANDONED_AFTER).await;
        assert_eq!(world.files(), 0);
    }

    #[tokio::test]
    async fn an_upload_whose_bytes_were_removed_is_not_published() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        world.put(&bucket, "key", b"old").await.unwrap();
        let mut put = world.objects.begin_put();
        let body = body(100_000);
        put.append(body.clone().into()).await.unwrap();
        let written = put.finish().await.unwrap();
        world.run_jobs_after(ABANDONED_AFTER).await;
        let intent = Intent {
            bucket: &bucket,
            key: &name("key"),
            etag: ETag::of_md5([0; 16]),
            checksums: Vec::new(),
            checksum_type: ChecksumType::FullObject,
            completed: None,
            attributes: Attributes::default(),
            tags: Tags::default(),
            condition: &Condition::None,
        };
        let error = world.objects.publish(intent, written).await.unwrap_err();
        assert!(matches!(error, WriteError::Expired), "{error}");
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), b"old");
    }

    #[tokio::test]
    async fn only_the_verified_body_is_published() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        world.put(&bucket, "key", b"old").await.unwrap();
        for written in [0, 2, 20_000] {
            let mut put = world.objects.begin_put();
            put.append(body(written).into()).await.unwrap();
            let (proof, key) = (verified(b"x"), name("key"));
            let attributes = Attributes::default();
            let result = put.publish(&proof, &bucket, &key, attributes, &Condition::None).await;
            assert!(matches!(result, Err(WriteError::NotWhatWasVerified { .. })), "{written}");
        }
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), b"old");
    }

    #[tokio::test]
    async fn a_replaced_body_is_removed_after_its_readers() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let first = world.put(&bucket, "key", &body(20_000)).await.unwrap().value;
        world.put(&bucket, "key", &body(30_000)).await.unwrap();
        // Whoever has read the record can still read the bytes.
        assert!(world.objects.read(&first, 0..1).await.is_ok());
        assert_eq!(world.files(), 2);
        world.run_jobs_after(SignedDuration::from_hours(1)).await;
        assert_eq!(world.files(), 1);
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), body(30_000));
        world.objects.delete_object(&bucket, &name("key"), &[]).await.unwrap();
        world.run_jobs_after(ABANDONED_AFTER).await;
        assert_eq!(world.files(), 0);
    }

    #[tokio::test]
    async fn a_full_disk_leaves_the_old_object_and_no_bytes() {
        for pieces in [0, 1, 2, 9] {
            let world = World::with_full_disk(pieces);
            let bucket = world.bucket("bucket").await;
            world.put(&bucket, "key", b"old").await.unwrap();
            let error = world.put(&bucket, "key", &body(50_000)).await.unwrap_err();
            let full = ObjectsError::Blob(store::BlobError::Full).to_string();
            assert_eq!(error.to_string(), full, "{pieces}");
            assert_eq!(world.get(&bucket.value, "key").await.unwrap(), b"old");
            world.put(&bucket, "small", b"still fits").await.unwrap();
            world.run_jobs_after(ABANDONED_AFTER).await;
            assert_eq!(world.files(), 0, "{pieces}");
        }
    }

    #[tokio::test]
    async fn conditions_are_held_to() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let refused = |result: Result<_, WriteError>| match result {
            Err(WriteError::ConditionFailed { current }) => current,
            other => panic!("not refused: {other:?}"),
        };
        let matches = |tag: &ETag| Condition::Matches(tag.as_str().to_owned());
        let nothing = Condition::Matches("\"00\"".to_owned());
        let put =
            async |body: &[u8], condition| world.put_if(&bucket, "key", body, condition).await;
        assert_eq!(refused(put(b"0", &nothing).await), None);
        let first = put(b"1", &Condition::Absent).await.unwrap().value.etag;
        assert_eq!(refused(put(b"2", &Condition::Absent).await), Some(first.clone()));
        assert_eq!(refused(put(b"2", &nothing).await), Some(first.clone()));
        let is_first = matches(&first);
        let second = put(b"2", &is_first).await.unwrap().value.etag;
        assert_eq!(refused(put(b"3", &is_first).await), Some(second));
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), b"2");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_many_that_want_the_key_absent_one_wins() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let bodies: Vec<_> = (0..32).map(|n| body(n * 1000)).collect();
        let puts = bodies.iter().map(|body| world.put_if(&bucket, "key", body, &Condition::Absent));
        let outcomes = join_all(puts).await;
        let winners: Vec<_> = (0..32).filter(|n| outcomes[*n].is_ok()).collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), bodies[winners[0]]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_that_want_nothing_all_succeed_and_leave_one_body() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let bodies: Vec<_> = (0..32).map(|n| body(n * 1000)).collect();
        for outcome in join_all(bodies.iter().map(|body| world.put(&bucket, "key", body))).await {
            outcome.unwrap();
        }
        assert!(bodies.contains(&world.get(&bucket.value, "key").await.unwrap()));
        world.objects.delete_object(&bucket, &name("key"), &[]).await.unwrap();
        world.run_jobs_after(ABANDONED_AFTER).await;
        assert_eq!(world.files(), 0, "every body that was replaced is removed");
    }
}
