//! The body: what it is declared to be, its framing, its digests, and the proof.

mod checksum;
mod chunks;
mod digester;
mod error;
mod expectations;
mod trailers;
mod verified;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;

pub(crate) use self::checksum::Hasher;
use self::chunks::Chunks;
pub use self::{
    checksum::{Checksum, ChecksumAlgorithm},
    digester::Digester,
    error::PayloadError,
    expectations::Expectations,
    verified::{Digests, Verified},
};
use crate::{PayloadDeclaration, Seed};

/// Passes a body on as it arrives, and says at its end whether it is what its request declares.
///
/// Nothing that came out of it may become visible before [`finish`](Self::finish) has given its
/// [`Verified`] value: the data of a chunk is handed out before its signature can be checked.
///
/// ```
/// use sigv4::{Expectations, Payload, PayloadDeclaration};
///
/// let mut payload = Payload::new(PayloadDeclaration::Unsigned, None, Expectations::default())?;
/// let mut input = bytes::Bytes::from_static(b"Welcome");
/// while let Some(data) = payload.decode(&mut input)? {
///     assert_eq!(data, "Welcome");
/// }
/// assert_eq!(payload.finish()?.get().length(), 7);
/// # Ok::<(), sigv4::PayloadError>(())
/// ```
pub struct Payload {
    framing: Framing,
    /// The body's SHA-256, if it was declared.
    declared: Option<[u8; 32]>,
    content_md5: Option<[u8; 16]>,
    /// What headers say; trailers are added at the end.
    expected: Vec<Checksum>,
    digester: Digester,
    /// For a declared SHA-256 that nobody wants as a checksum.
    declared_hasher: Option<Hasher>,
    refused: bool,
}

enum Framing {
    Plain { length: Option<u64> },
    Chunks(Box<Chunks>),
}

impl Payload {
    /// A body about to be read. For signed chunks the `seed` is the one of the accepted request;
    /// otherwise it is not looked at.
    ///
    /// # Errors
    /// When the headers contradict the declaration, or leave out what it needs.
    pub fn new(
        declaration: PayloadDeclaration,
        seed: Option<Seed>,
        expectations: Expectations,
    ) -> Result<Self, PayloadError> {
        let Expectations {
            content_length,
            decoded_content_length,
            content_md5,
            checksums,
            trailers,
        } = expectations;
        if declaration.has_trailer() == trailers.is_empty() {
            return Err(PayloadError::InvalidTrailerHeader);
        }
        let announced = trailers.clone();
        let framing = if declaration.is_chunked() {
            let length = decoded_content_length.ok_or(PayloadError::DecodedLengthMissing)?;
            let seed = if declaration.has_signed_chunks() {
                Some(seed.ok_or(PayloadError::NotSigned)?)
            } else {
                None
            };
            let trailers = declaration.has_trailer().then_some(trailers);
            Framing::Chunks(Box::new(Chunks::new(length, seed, trailers)))
        } else {
            Framing::Plain { length: content_length }
        };
        let declared = match declaration {
            PayloadDeclaration::Sha256(digest) => Some(digest),
            _ => None,
        };
        let mut payload = Self {
            framing,
            declared,
            content_md5,
            expected: checksums,
            digester: Digester::new(),
            declared_hasher: declared.map(|_| Hasher::new(ChecksumAlgorithm::Sha256)),
            refused: false,
        };
        let expected: Vec<_> = payload.expected.iter().map(Checksum::algorithm).collect();
        for algorithm in expected.into_iter().chain(announced) {
            payload = payload.with_checksum(algorithm);
        }
        Ok(payload)
    }

    /// The checksums that will be computed: those that headers give or announce, and those asked for.
    pub fn checksums(&self) -> impl Iterator<Item = ChecksumAlgorithm> {
        self.digester.checksums()
    }

    /// Computes this checksum too, though nobody said what it must be. Call it before the first
    /// byte is decoded.
    #[must_use]
    pub fn with_checksum(mut self, algorithm: ChecksumAlgorithm) -> Self {
        self.digester = self.digester.with_checksum(algorithm);
        if algorithm == ChecksumAlgorithm::Sha256 {
            self.declared_hasher = None;
        }
        self
    }

    /// Saves the time of an MD5 (it costs more than the other digests together) where no `ETag` is
    /// needed. A `Content-MD5` is still held to. Call it before the first byte is decoded.
    #[must_use]
    pub fn without_md5(mut self) -> Self {
        if self.content_md5.is_none() {
            self.digester = self.digester.without_md5();
        }
        self
    }

    /// Takes from `input` up to the end of the next piece of data and hands that out, without
    /// copying it; `None` when all of `input` is taken. Repeat it until then for each input.
    ///
    /// # Errors
    /// As soon as it shows that the body is refused; nothing more is decoded then.
    pub fn decode(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, PayloadError> {
        if self.refused {
            return Err(PayloadError::Refused);
        }
        let data = self.unframe(input).inspect_err(|_| self.refused = true)?;
        if let Some(data) = &data {
            self.digester.update(data);
            if let Some(hasher) = &mut self.declared_hasher {
                hasher.update(data);
            }
        }
        Ok(data)
    }

    fn unframe(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, PayloadError> {
        match &mut self.framing {
            Framing::Chunks(chunks) => chunks.next(input),
            Framing::Plain { .. } if input.is_empty() => Ok(None),
            Framing::Plain { length } => {
                let data = std::mem::take(input);
                match *length {
                    Some(expected) if self.digester.length() + data.len() as u64 > expected => {
                        Err(PayloadError::TooLong { expected })
                    }
                    _ => Ok(Some(data)),
                }
            }
        }
    }

    /// The end of the body: whether it was what was declared.
    ///
    /// # Errors
    /// When it ended early, or one of its digests is not what a header or trailer says.
    pub fn finish(self) -> Result<Verified<Digests>, PayloadError> {
        if self.refused {
            return Err(PayloadError::Refused);
        }
        let mut expected = self.expected;
        match self.framing {
            Framing::Chunks(chunks) => expected.extend(chunks.finish()?),
            Framing::Plain { length: Some(expected) } if self.digester.length() < expected => {
                let received = self.digester.length();
                return Err(PayloadError::TooShort { received, expected });
            }
            Framing::Plain { .. } => {}
        }
        let digests = self.digester.finish();
        if let Some(declared) = self.declared {
            let separate = self.declared_hasher.map(Hasher::finish);
            let computed = separate.as_ref().or(digests.checksum(ChecksumAlgorithm::Sha256));
            if computed.map(Checksum::value) != Some(&declared) {
                return Err(PayloadError::Sha256Mismatch {
                    declared: hex::encode(declared),
                    computed: computed.map(|sum| hex::encode(sum.value())).unwrap_or_default(),
                });
            }
        }
        if let Some(declared) = self.content_md5
            && digests.md5 != Some(declared)
        {
            return Err(PayloadError::Md5Mismatch {
                declared: BASE64_STANDARD.encode(declared),
                computed: digests.md5.map(|md5| BASE64_STANDARD.encode(md5)).unwrap_or_default(),
            });
        }
        for declared in expected {
            let algorithm = declared.algorithm();
            let computed = digests.checksum(algorithm);
            if computed != Some(&declared) {
                return Err(PayloadError::ChecksumMismatch {
                    algorithm,
                    declared: declared.to_base64(),
                    computed: computed.map(Checksum::to_base64).unwrap_or_default(),
                });
            }
        }
        Ok(Verified::new(digests))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SigningKey;

    /// Whoever has the key can sign a trailer that is not the data's: it is refused all the same.
    #[test]
    fn a_signed_trailer_must_be_the_datas() {
        let scope = "20130524/us-east-1/s3/aws4_request".parse().unwrap();
        let key = SigningKey::derive(&"secret".into(), &scope);
        let seed = Seed::new(key.clone(), jiff::Timestamp::UNIX_EPOCH, &scope, key.sign(b""));
        let checksum = {
            let mut hasher = Hasher::new(ChecksumAlgorithm::Crc32c);
            hasher.update(b"abc");
            hasher.finish().to_base64()
        };
        for (trailer, right) in [(checksum.as_str(), true), ("AAAAAA==", false)] {
            let mut signer = seed.clone();
            let data = signer.sign_chunk(&crate::key::sha256(b"abc"));
            let last = signer.sign_chunk(&crate::key::sha256(b""));
            let line = format!("x-amz-checksum-crc32c:{trailer}");
            let signature = signer.sign_trailer(format!("{line}\n").as_bytes());
            let body = format!(
                "3;chunk-signature={data}\r\nabc\r\n0;chunk-signature={last}\r\n\
                 {line}\r\nx-amz-trailer-signature:{signature}\r\n\r\n"
            );
            let expectations = Expectations {
                decoded_content_length: Some(3),
                trailers: vec![ChecksumAlgorithm::Crc32c],
                ..Expectations::default()
            };
            let declaration = PayloadDeclaration::SignedChunksWithTrailer;
            let mut payload = Payload::new(declaration, Some(seed.clone()), expectations).unwrap();
            let mut input = Bytes::from(body);
            while payload.decode(&mut input).unwrap().is_some() {}
            match payload.finish() {
                Ok(_) => assert!(right),
                Err(error) => {
                    assert!(!right);
                    assert!(matches!(error, PayloadError::ChecksumMismatch { .. }), "{error}");
                }
            }
        }
    }
}
