//! The body of a request, verified while it is read.

use std::{collections::VecDeque, io};

use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use sigv4::{ChecksumAlgorithm, Digests, Payload, PayloadError, Verified};
use workers::Workers;

use crate::room::{Full, Room};

/// The bytes of a body as they come from the socket.
pub type RequestBody = BoxStream<'static, Result<Bytes, io::Error>>;

/// Reads a body and checks it against what was signed. Nothing that came by it may become visible
/// before [`BodyReader::finish`] has given its proof.
pub struct BodyReader {
    stream: RequestBody,
    /// `None` only after work on it was refused: then nothing more is read.
    payload: Option<Payload>,
    /// What came from the socket and is not decoded yet.
    pending: Bytes,
    /// What is decoded already.
    ready: VecDeque<Bytes>,
    /// Nothing more comes from the socket.
    ended: bool,
}

/// How many bytes a worker checks at a time. Fewer than [`INLINE`] are checked in place: handing them over
/// would take longer.
const STEP: usize = 256 * 1024;
const INLINE: usize = 16 * 1024;

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
        let payload = Some(payload);
        Self { stream, payload, pending: Bytes::new(), ready: VecDeque::new(), ended: false }
    }

    /// The checksums that its headers give, its trailers are to bring, or were asked for.
    pub fn checksums(&self) -> impl Iterator<Item = ChecksumAlgorithm> {
        self.payload.iter().flat_map(Payload::checksums)
    }

    /// Computes this checksum too. Call it before the first byte is read.
    #[must_use]
    pub fn with_checksum(self, algorithm: ChecksumAlgorithm) -> Self {
        Self { payload: self.payload.map(|payload| payload.with_checksum(algorithm)), ..self }
    }

    /// The next decoded bytes, or `None` at the end of the stream.
    ///
    /// # Errors
    /// The connection broke, or what came so far is not what was signed.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            let payload = self.payload.as_mut().ok_or(BodyError::Busy)?;
            if let Some(bytes) = payload.decode(&mut self.pending)? {
                return Ok(Some(bytes));
            }
            match self.stream.next().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(BodyError::Connection(error)),
                Some(Ok(bytes)) => self.pending = bytes,
            }
        }
    }

    /// The same for a long body: it is decoded and hashed by the workers, in steps, so that it does not
    /// hold up others. Use this or [`BodyReader::next`] for all of a body.
    ///
    /// # Errors
    /// Those of [`BodyReader::next`]; [`BodyError::Busy`] if the workers have too much to do.
    pub async fn next_by(&mut self, workers: &Workers) -> Result<Option<Bytes>, BodyError> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Ok(Some(bytes));
            }
            let (frames, length) = self.gather().await?;
            if frames.is_empty() {
                return Ok(None);
            }
            let mut payload = self.payload.take().ok_or(BodyError::Busy)?;
            let decoded = if length < INLINE {
                let decoded = decode(&mut payload, frames);
                (payload, decoded)
            } else {
                let work = move || {
                    let decoded = decode(&mut payload, frames);
                    (payload, decoded)
                };
                workers.run(work).await.map_err(|_| BodyError::Busy)?
            };
            self.payload = Some(decoded.0);
            self.ready = decoded.1?;
        }
    }

    /// What comes next from the socket, up to a step of it.
    async fn gather(&mut self) -> Result<(Vec<Bytes>, usize), BodyError> {
        let (mut frames, mut length) = (Vec::new(), 0);
        while length < STEP && !self.ended {
            match self.stream.next().await {
                None => self.ended = true,
                Some(Err(error)) => return Err(BodyError::Connection(error)),
                Some(Ok(bytes)) => {
                    length += bytes.len();
                    frames.push(bytes);
                }
            }
        }
        Ok((frames, length))
    }

    /// Ends the reading: the proof that all that was read is what was signed and announced.
    ///
    /// # Errors
    /// It is not, or it was cut short.
    pub fn finish(self) -> Result<Verified<Digests>, BodyError> {
        Ok(self.payload.ok_or(BodyError::Busy)?.finish()?)
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

/// All that these frames have in them.
fn decode(payload: &mut Payload, frames: Vec<Bytes>) -> Result<VecDeque<Bytes>, PayloadError> {
    let mut decoded = VecDeque::with_capacity(frames.len());
    for mut frame in frames {
        while let Some(bytes) = payload.decode(&mut frame)? {
            decoded.push_back(bytes);
        }
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use sigv4::{Checksum, ChecksumAlgorithm, Expectations, PayloadDeclaration};

    use super::*;

    fn reader(frames: Vec<Result<Bytes, io::Error>>, length: u64) -> BodyReader {
        let expectations = Expectations { content_length: Some(length), ..Expectations::default() };
        let payload = Payload::new(PayloadDeclaration::Unsigned, None, expectations).unwrap();
        let payload = payload.with_checksum(ChecksumAlgorithm::Crc32);
        BodyReader::new(stream::iter(frames).boxed(), payload)
    }

    async fn read(mut body: BodyReader, workers: &Workers) -> Result<Vec<u8>, BodyError> {
        let mut whole = Vec::new();
        while let Some(bytes) = body.next_by(workers).await? {
            whole.extend_from_slice(&bytes);
        }
        let verified = body.finish()?;
        let expected = Checksum::of(ChecksumAlgorithm::Crc32, &whole);
        assert_eq!(verified.get().checksums(), [expected]);
        Ok(whole)
    }

    #[tokio::test]
    async fn what_workers_read_is_what_was_sent_in_whatever_frames() {
        let workers = Workers::for_this_machine();
        for (count, size) in [(0, 0), (1, 10), (3, INLINE), (1, STEP * 3), (40, 20_000)] {
            let frame = |n: usize| vec![u8::try_from(n % 251).unwrap(); size];
            let sent: Vec<u8> = (0..count).flat_map(frame).collect();
            let frames = (0..count).map(|n| Ok(frame(n).into())).collect();
            let body = reader(frames, sent.len() as u64);
            assert_eq!(read(body, &workers).await.unwrap(), sent, "{count} frames of {size}");
        }
    }

    #[tokio::test]
    async fn what_is_wrong_is_found_by_workers_too() {
        let workers = Workers::for_this_machine();
        let frame = || Ok(Bytes::from(vec![7; INLINE]));
        let short = reader(vec![frame()], INLINE as u64 + 1);
        let error = read(short, &workers).await.unwrap_err();
        assert!(matches!(error, BodyError::Payload(PayloadError::TooShort { .. })), "{error}");
        let long = reader(vec![frame(), frame()], INLINE as u64);
        let error = read(long, &workers).await.unwrap_err();
        assert!(matches!(error, BodyError::Payload(PayloadError::TooLong { .. })), "{error}");
        let broken = reader(vec![frame(), Err(io::ErrorKind::BrokenPipe.into())], INLINE as u64);
        let error = read(broken, &workers).await.unwrap_err();
        assert!(matches!(error, BodyError::Connection(_)), "{error}");
    }
}
