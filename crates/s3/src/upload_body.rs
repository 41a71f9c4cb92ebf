//! The bytes that come with an object or a part: announced, read, and their checksum.

use gate::BodyReader;
use sigv4::{ChecksumAlgorithm, Digests, Verified};
use workers::Workers;

use crate::{checksums::on_wire, error::S3Error, post_policy::ContentLengthRange};

/// The most that one upload, or one part, may have, in bytes.
///
/// Source: S3 User Guide, *Uploading objects*; *Amazon S3 multipart upload limits*.
pub(crate) const OBJECT_BYTES_MAX: u64 = 5 << 30;

/// What a request says of the bytes that it brings.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Announced<'a> {
    /// `Content-Length`.
    pub(crate) content_length: Option<i64>,
    /// `x-amz-content-sha256`.
    pub(crate) content_sha256: Option<&'a str>,
    /// `x-amz-sdk-checksum-algorithm`: the caller says that it has sent a checksum by it.
    pub(crate) algorithm: Option<wire::s3::ChecksumAlgorithm>,
    /// How many checksum headers it has.
    pub(crate) given_checksums: usize,
    /// How many bytes there may be, as the policy of a form says, both inclusive.
    pub(crate) length: Option<ContentLengthRange>,
}

/// The announcement of a request. The members have the same names in all requests that bring bytes, which
/// share no type.
macro_rules! announced {
    ($input:expr, $caller:expr) => {
        $crate::upload_body::Announced {
            content_length: $input.content_length,
            content_sha256: $caller.content_sha256.as_deref(),
            algorithm: $input.checksum_algorithm,
            given_checksums: [
                &$input.checksum_crc32,
                &$input.checksum_crc32_c,
                &$input.checksum_crc64_nvme,
                &$input.checksum_sha1,
                &$input.checksum_sha256,
            ]
            .into_iter()
            .flatten()
            .count(),
            length: None,
        }
    };
}
pub(crate) use announced;

impl Announced<'_> {
    /// Refuses what is known to be wrong before a byte of the body is read.
    pub(crate) fn check(&self) -> Result<(), S3Error> {
        // Chunks announce the decoded length, which the gate has demanded.
        let chunked = self.content_sha256.is_some_and(|sha256| sha256.starts_with("STREAMING-"));
        match self.content_length {
            None if !chunked => Err(S3Error::MissingContentLength),
            Some(length)
                if !chunked && u64::try_from(length).is_ok_and(|n| n > OBJECT_BYTES_MAX) =>
            {
                Err(S3Error::EntityTooLarge { limit: OBJECT_BYTES_MAX })
            }
            _ => self.check_checksums(),
        }
    }

    /// The part of that which does not need to know the length.
    pub(crate) fn check_checksums(&self) -> Result<(), S3Error> {
        if self.given_checksums > 1 {
            return Err(S3Error::InvalidRequest("Expecting a single x-amz-checksum- header"));
        }
        Ok(())
    }

    /// A caller that names an algorithm must send a checksum by it, in a header or a trailer.
    fn check_checksum(&self, body: &BodyReader) -> Result<(), S3Error> {
        let Some(named) = self.algorithm else { return Ok(()) };
        if body.checksums().any(|algorithm| on_wire(algorithm) == named) {
            return Ok(());
        }
        Err(S3Error::InvalidRequest(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or \
             x-amz-trailer headers were found.",
        ))
    }
}

/// Reads the bytes into `put`. Their proof has the checksum that came with them; without one, that by the
/// algorithm `otherwise`.
pub(crate) async fn read(
    body: Option<BodyReader>,
    announced: Announced<'_>,
    otherwise: ChecksumAlgorithm,
    put: &mut objects::Put,
    workers: &Workers,
) -> Result<Verified<Digests>, S3Error> {
    let mut body = body.ok_or(S3Error::NotImplemented { what: "an upload without a body" })?;
    announced.check_checksum(&body)?;
    if body.checksums().next().is_none() {
        body = body.with_checksum(otherwise);
    }
    let (least, most) = announced.length.unwrap_or((0, OBJECT_BYTES_MAX));
    let limit = most.min(OBJECT_BYTES_MAX);
    let mut length = 0_u64;
    while let Some(bytes) = body.next_by(workers).await? {
        length += bytes.len() as u64;
        if length > limit {
            return Err(S3Error::EntityTooLarge { limit });
        }
        put.append(bytes).await?;
    }
    if length < least {
        return Err(S3Error::FileTooSmall { length, least });
    }
    Ok(body.finish()?)
}

#[cfg(test)]
mod tests {
    use wire::{Fault, s3::PutObjectRequest};

    use super::*;

    fn code(announced: Announced<'_>) -> Option<&'static str> {
        announced.check().err().map(|error| Fault::from(error).code())
    }

    #[test]
    fn a_length_is_announced_and_not_too_large() {
        let chunks = Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        let limit = i64::try_from(OBJECT_BYTES_MAX).unwrap();
        for (content_length, content_sha256, expected) in [
            (None, None, Some("MissingContentLength")),
            (None, Some("UNSIGNED-PAYLOAD"), Some("MissingContentLength")),
            (None, chunks, None),
            (Some(0), None, None),
            (Some(limit), None, None),
            (Some(limit + 1), None, Some("EntityTooLarge")),
            // The framing of chunks does not count.
            (Some(limit + 1), chunks, None),
        ] {
            let announced = Announced { content_length, content_sha256, ..Announced::default() };
            assert_eq!(code(announced), expected);
        }
    }

    #[test]
    fn one_checksum_is_enough() {
        struct Caller {
            content_sha256: Option<String>,
        }
        let caller = Caller { content_sha256: None };
        let mut input = PutObjectRequest {
            content_length: Some(1),
            checksum_sha1: Some("x".to_owned()),
            ..PutObjectRequest::default()
        };
        assert_eq!(code(announced!(input, caller)), None);
        input.checksum_crc32 = Some("y".to_owned());
        assert_eq!(code(announced!(input, caller)), Some("InvalidRequest"));
    }
}
