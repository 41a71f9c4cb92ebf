use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{Checksum, ChecksumAlgorithm, PayloadError, trailers::Trailers};
use crate::{Seed, Signature, encoding::hex_value};

/// The longest header of a chunk: a size of 16 digits, its signature and the line break are 99.
const HEADER_MAX: usize = 128;
/// The longest line of a trailer: a name and the base64 of 32 bytes, or a signature, are 90.
const TRAILER_MAX: usize = 256;
/// What S3 asks of every chunk but the last, whether signed or not, as its answer
/// `InvalidChunkSizeError` says (quoted in `versity/versitygw#1683` and `#1665`).
const CHUNK_MIN: u64 = 8192;

/// Takes the framing of `aws-chunked` off a body, checking sizes and signatures.
///
/// Sources: S3 API Reference, *Signature Calculations for the Authorization Header: Transferring
/// Payload in Multiple Chunks* and *Signature calculations for trailing headers*.
pub(super) struct Chunks {
    state: State,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    /// Present when chunks are signed.
    signatures: Option<Signatures>,
    trailers: Option<Trailers>,
    /// The chunk that is being read, from 1.
    chunk: u64,
    /// The size of the chunk before, 0 for none.
    previous_size: u64,
    /// What may still come of the announced length.
    remaining: u64,
    announced: u64,
}

#[derive(Clone, Copy)]
enum State {
    Header,
    Data {
        remaining: u64,
    },
    /// The line break behind a chunk's data.
    DataEnd,
    /// The line break that ends a body without trailers.
    End,
    Trailers,
    Done,
}

struct Signatures {
    seed: Seed,
    /// The signature in the header of the chunk that is being read.
    claimed: Signature,
    data: Sha256,
}

impl Chunks {
    /// A body of `length` bytes, signed if there is a seed, with trailers if some are announced.
    pub(super) fn new(
        length: u64,
        seed: Option<Seed>,
        trailers: Option<Vec<ChecksumAlgorithm>>,
    ) -> Self {
        let signatures =
            seed.map(|seed| Signatures { claimed: seed.signature(), seed, data: Sha256::new() });
        let trailers = trailers.map(|announced| Trailers::new(announced, signatures.is_some()));
        Self {
            state: State::Header,
            line: Vec::new(),
            signatures,
            trailers,
            chunk: 1,
            previous_size: 0,
            remaining: length,
            announced: length,
        }
    }

    /// Takes from `input` up to the end of the next piece of data; `None` when all is taken.
    pub(super) fn next(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, PayloadError> {
        while !input.is_empty() {
            match self.state {
                State::Data { remaining } => return self.data(input, remaining).map(Some),
                State::Done => return Err(PayloadError::BehindEnd),
                State::Header => {
                    if let Some(line) =
                        self.framing_line(input, HEADER_MAX, "its header is too long")?
                    {
                        self.header(&line)?;
                    }
                }
                State::DataEnd | State::End => {
                    let problem = "no line break stands behind it";
                    let Some(line) = self.framing_line(input, 2, problem)? else { continue };
                    if line != b"\r\n" {
                        return Err(self.malformed(problem));
                    }
                    self.state = if matches!(self.state, State::End) {
                        State::Done
                    } else {
                        self.chunk += 1;
                        State::Header
                    };
                }
                State::Trailers => self.trailer_line(input)?,
            }
        }
        Ok(None)
    }

    /// The trailers' checksums, once the end has come.
    pub(super) fn finish(self) -> Result<Vec<Checksum>, PayloadError> {
        match self.state {
            State::Done => Ok(self.trailers.map(Trailers::into_checksums).unwrap_or_default()),
            _ => Err(PayloadError::Cut { received: self.announced - self.remaining }),
        }
    }

    fn data(&mut self, input: &mut Bytes, remaining: u64) -> Result<Bytes, PayloadError> {
        let available = usize::try_from(remaining).unwrap_or(usize::MAX).min(input.len());
        let data = input.split_to(available);
        let taken = data.len() as u64;
        self.remaining -= taken;
        if let Some(signatures) = &mut self.signatures {
            signatures.data.update(&data);
        }
        self.state = State::Data { remaining: remaining - taken };
        if remaining == taken {
            self.check_signature()?;
            self.state = State::DataEnd;
        }
        Ok(data)
    }

    fn header(&mut self, line: &[u8]) -> Result<(), PayloadError> {
        let line = line
            .strip_suffix(b"\r\n")
            .ok_or_else(|| self.malformed("its header has no line break"))?;
        let digits = match &mut self.signatures {
            None => line,
            Some(signatures) => {
                let at = line.iter().position(|b| *b == b';').unwrap_or(line.len());
                let (digits, extension) = line.split_at(at);
                let claimed =
                    extension.strip_prefix(b";chunk-signature=").and_then(Signature::parse);
                let Some(claimed) = claimed else {
                    return Err(self.malformed("its header has no signature"));
                };
                signatures.claimed = claimed;
                digits
            }
        };
        let size =
            chunk_size(digits).ok_or_else(|| self.malformed("its size is not hexadecimal"))?;
        if size == 0 {
            return self.last_chunk();
        }
        if (1..CHUNK_MIN).contains(&self.previous_size) {
            let size = self.previous_size;
            return Err(PayloadError::InvalidChunkSize { chunk: self.chunk, size });
        }
        if size > self.remaining {
            return Err(PayloadError::TooLong { expected: self.announced });
        }
        self.previous_size = size;
        self.state = State::Data { remaining: size };
        Ok(())
    }

    fn last_chunk(&mut self) -> Result<(), PayloadError> {
        self.check_signature()?;
        if self.remaining > 0 {
            return Err(PayloadError::TooShort {
                received: self.announced - self.remaining,
                expected: self.announced,
            });
        }
        self.state = if self.trailers.is_some() { State::Trailers } else { State::End };
        Ok(())
    }

    /// Compares the signature of the chunk whose data has come with the one in its header.
    fn check_signature(&mut self) -> Result<(), PayloadError> {
        let Some(signatures) = &mut self.signatures else { return Ok(()) };
        let digest = signatures.data.finalize_reset().into();
        if signatures.seed.sign_chunk(&digest) == signatures.claimed {
            Ok(())
        } else {
            Err(PayloadError::ChunkSignature { chunk: self.chunk })
        }
    }

    fn trailer_line(&mut self, input: &mut Bytes) -> Result<(), PayloadError> {
        let Some(line) = take_line(&mut self.line, input, TRAILER_MAX) else {
            return Ok(());
        };
        let line = line
            .map_err(|TooLong| PayloadError::MalformedTrailer { problem: "a line is too long" })?;
        let Some(trailers) = &mut self.trailers else { return Ok(()) };
        let seed = self.signatures.as_mut().map(|signatures| &mut signatures.seed);
        if trailers.line(&line, seed)? {
            self.state = State::Done;
        }
        Ok(())
    }

    /// A line of the framing, with its line break, once all of it has come.
    fn framing_line(
        &mut self,
        input: &mut Bytes,
        length_max: usize,
        problem: &'static str,
    ) -> Result<Option<Vec<u8>>, PayloadError> {
        take_line(&mut self.line, input, length_max)
            .transpose()
            .map_err(|TooLong| self.malformed(problem))
    }

    fn malformed(&self, problem: &'static str) -> PayloadError {
        PayloadError::MalformedChunk { chunk: self.chunk, problem }
    }
}

struct TooLong;

/// Moves bytes from `input` to `line` until a line feed has come, and hands the line out with it.
fn take_line(
    line: &mut Vec<u8>,
    input: &mut Bytes,
    length_max: usize,
) -> Option<Result<Vec<u8>, TooLong>> {
    let feed = input.iter().position(|b| *b == b'\n');
    let piece = input.split_to(feed.map_or(input.len(), |at| at + 1));
    if line.len() + piece.len() > length_max {
        return Some(Err(TooLong));
    }
    line.extend(piece);
    feed.map(|_| Ok(std::mem::take(line)))
}

/// Up to 16 hexadecimal digits in either case.
fn chunk_size(digits: &[u8]) -> Option<u64> {
    if !(1..=16).contains(&digits.len()) {
        return None;
    }
    digits.iter().try_fold(0, |sum: u64, digit| Some(sum << 4 | u64::from(hex_value(*digit)?)))
}
