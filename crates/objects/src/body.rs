use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream, stream::BoxStream};

use crate::{Object, Objects, ObjectsError, object::Body};

/// An object's bytes, in pieces of at most 256 KiB.
pub type BodyStream = BoxStream<'static, Result<Bytes, ObjectsError>>;

impl Objects {
    /// The bytes of an object from `range.start` up to but without `range.end`. What lies behind the
    /// object's end is not asked for: the range is cut there.
    ///
    /// The stream goes on even if the object is replaced or deleted meanwhile; for an object that was
    /// put together, if its last part is reached within an hour.
    ///
    /// # Errors
    /// [`ObjectsError`], if the bytes cannot be read; also as an item of the stream.
    pub async fn read(
        &self,
        object: &Object,
        range: Range<u64>,
    ) -> Result<BodyStream, ObjectsError> {
        let end = range.end.min(object.size);
        let start = range.start.min(end);
        match &object.body {
            Body::Inline(body) => {
                // An inline body is far shorter than an address is wide.
                let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(body.len());
                let piece = body.slice(place(start)..place(end));
                let pieces = if piece.is_empty() { None } else { Some(Ok(piece)) };
                Ok(stream::iter(pieces).boxed())
            }
            Body::Blob(id) => {
                let pieces = self.blobs.read(*id, start..end).await?;
                Ok(pieces.map_err(ObjectsError::from).boxed())
            }
            Body::Parts { upload, .. } => {
                let pieces = self.pieces(*upload, &(start..end)).await?;
                let blobs = Arc::clone(&self.blobs);
                // A part's blob is opened when the one before it is at its end.
                let pieces = stream::iter(pieces).then(move |(blob, range)| {
                    let blobs = Arc::clone(&blobs);
                    async move { blobs.read(blob, range).await }
                });
                Ok(pieces.try_flatten().map_err(ObjectsError::from).boxed())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;

    use crate::testing::{World, body};

    #[tokio::test]
    async fn ranges_are_read_exactly_and_cut_at_the_end() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        for length in [100_u64, 600_000] {
            let body = body(usize::try_from(length).unwrap());
            let object = world.put(&bucket, "key", &body).await.unwrap().value;
            for range in [
                0..0,
                0..1,
                1..99,
                0..length,
                length - 1..length,
                length - 1..u64::MAX,
                length..length + 1,
                u64::MAX - 1..u64::MAX,
            ] {
                let pieces = world.objects.read(&object, range.clone()).await.unwrap();
                let found = pieces.try_collect::<Vec<_>>().await.unwrap().concat();
                let place = |at: u64| usize::try_from(at.min(length)).unwrap();
                assert_eq!(found, body[place(range.start)..place(range.end)], "{range:?}");
            }
        }
    }
}
