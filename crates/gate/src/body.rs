//! The body of a request, verified while it is read.

use std::io;

use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use sigv4::{ChecksumAlgorithm, Digests, Payload, PayloadError, Verified};

use crate::room::{Full, Room};

/// The bytes of a body as they come from the socket.
pub type RequestBody = BoxStream<'static, Result<Bytes, io::Error>>;

/// Reads a body and checks it against what was signed. Nothing that came by it may become visible
/// before [`BodyReader::finish`] has given its proof.
pub struct BodyReader {
    stream: RequestBody,
    payload: Payload,
    /// What came from the socket and is not decoded yet.
    pending: Bytes,
}

/// Why a body cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection broke, or the sender was too slow.
    #[error("the body could not be read: {0}")]
    Connection(#[source] io::Error),
    /// It is not what was signed or announced.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// It is longer than this operation takes.
    #[error("the body has more than {limit} bytes")]
    TooLarge {
        /// The most that the operation takes, in bytes.
        limit: usize,
    },
    /// Too many other bodies are in memory.
    #[error("too many bodies are being read; try again later")]
    Busy,
}

impl From<Full> for BodyError {
    fn from(Full: Full) -> Self {
        Self::Busy
    }
}

impl BodyReader {
    pub(crate) fn new(stream: RequestBody, payload: Payload) -> Self {
        Self { stream, payload, pending: Bytes::new() }
    }

    /// The checksums that its headers give, its trailers are to bring, or were asked for.
    pub fn checksums(&self) -> impl Iterator<Item = ChecksumAlgorithm> {
        self.payload.checksums()
    }

    /// Computes this checksum too. Call it before the first byte is read.
    #[must_use]
    pub fn with_checksum(self, algorithm: ChecksumAlgorithm) -> Self {
        Self { payload: self.payload.with_checksum(algorithm), ..self }
    }

    /// The next decoded bytes, or `None` at the end of the stream.
    ///
    /// # Errors
    /// The connection broke, or what came so far is not what was signed.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            if let Some(bytes) = self.payload.decode(&mut self.pending)? {
                return Ok(Some(bytes));
            }
            match self.stream.next().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(BodyError::Connection(error)),
                Some(Ok(bytes)) => self.pending = bytes,
            }
        }
    }

    /// Ends the reading: the proof that all that was read is what was signed and announced.
    ///
    /// # Errors
    /// It is not, or it was cut short.
    pub fn finish(self) -> Result<Verified<Digests>, BodyError> {
        Ok(self.payload.finish()?)
    }

    /// The whole body, verified, if it has at most `limit` bytes and there is room for it.
    ///
    /// # Errors
    /// It is longer, the connection broke, or it is not what was signed.
    pub(crate) async fn read_whole(
        mut self,
        limit: usize,
        room: &mut Room,
    ) -> Result<Bytes, BodyError> {
        let mut whole = Vec::new();
        while let Some(bytes) = self.next().await? {
            if whole.len() + bytes.len() > limit {
                return Err(BodyError::TooLarge { limit });
            }
            room.take(bytes.len())?;
            whole.extend_from_slice(&bytes);
        }
        self.finish()?;
        Ok(whole.into())
    }
}
