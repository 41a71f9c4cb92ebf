use std::{io, ops::Range, sync::Arc};

use bytes::BytesMut;
use futures_util::{StreamExt, TryStreamExt};
use gate::{Access, Authorized, Caller, Need, Operation};
use objects::{INLINE_MAX, Object};
use wire::{
    Body,
    s3::{GetObjectOutput, GetObjectRequest},
};

use crate::{
    S3,
    error::S3Error,
    retrieval::{Retrieval, retrieve},
    target::existing_object_need,
};

/// [`GetObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
pub(crate) struct GetObject(pub(crate) Arc<S3>);

impl Operation for GetObject {
    type Wire = wire::s3::GetObject;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &GetObjectRequest) -> Result<Vec<Need>, S3Error> {
        get_needs(&input.bucket, &input.key, input.version_id.as_deref())
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<GetObjectOutput, S3Error> {
        let Retrieval { output, object, range } =
            retrieve(&self.0, &request, &request.input).await?;
        let body = body(&self.0, &object, range).await?;
        Ok(GetObjectOutput { body, ..output })
    }
}

/// What it takes to read an object, or to learn of it.
pub(crate) fn get_needs(
    bucket: &str,
    key: &str,
    version_id: Option<&str>,
) -> Result<Vec<Need>, S3Error> {
    Ok(vec![existing_object_need("s3:GetObject", "s3:GetObjectVersion", bucket, key, version_id)?])
}

/// The bytes, as they are read. A short body is read before the answer begins: it goes out in one
/// piece, and what fails can still be said.
async fn body(s3: &S3, object: &Object, range: Range<u64>) -> Result<Body, S3Error> {
    let length = range.end - range.start;
    let mut pieces = s3.objects.read(object, range).await?;
    if length > INLINE_MAX as u64 {
        let stream = pieces.map_err(io::Error::other).boxed();
        return Ok(Body::Stream { length: Some(length), stream });
    }
    let Some(first) = pieces.try_next().await? else { return Ok(Body::Empty) };
    if first.len() as u64 == length {
        return Ok(first.into());
    }
    let mut whole = BytesMut::from(&*first);
    while let Some(piece) = pieces.try_next().await? {
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze().into())
}

#[cfg(test)]
mod tests {
    use objects::Attributes;

    use super::*;
    use crate::testing::World;

    async fn read(body: Body) -> Vec<u8> {
        match body {
            Body::Empty => Vec::new(),
            Body::Bytes(bytes) => bytes.to_vec(),
            Body::Stream { stream, .. } => stream.try_collect::<Vec<_>>().await.unwrap().concat(),
        }
    }

    #[tokio::test]
    async fn bodies_are_the_bytes_of_their_range() {
        let pattern = |length: usize| (0..251).cycle().take(length).collect::<Vec<u8>>();
        for length in [0, 10, INLINE_MAX, INLINE_MAX + 1, 600_000] {
            let world = World::new();
            let whole = pattern(length);
            let object = world.object(whole.clone(), Attributes::default()).await;
            for range in [0..length, 0..length.min(1), length / 2..length] {
                let wanted = range.start as u64..range.end as u64;
                let body = body(&world.s3, &object, wanted).await.unwrap();
                let short = range.len() <= INLINE_MAX;
                assert_eq!(body.length(), Some(range.len() as u64));
                assert_eq!(matches!(body, Body::Stream { .. }), !short, "{range:?}");
                assert!(read(body).await == whole[range.clone()], "{range:?} of {length}");
            }
        }
    }
}
