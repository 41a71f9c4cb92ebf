use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Checksum, ChecksumAlgorithm, PayloadError};
use crate::Request;

/// What a request's headers, other than `x-amz-content-sha256`, say about its body.
///
/// [`from_request`](Self::from_request) reads them as an upload means them. In an operation that
/// means something else by a header (`CompleteMultipartUpload` names the object's checksum, not the
/// body's) the caller takes it out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expectations {
    /// `Content-Length`, in bytes.
    pub content_length: Option<u64>,
    /// `x-amz-decoded-content-length`, in bytes: the data without the framing of chunks.
    pub decoded_content_length: Option<u64>,
    /// `Content-MD5`.
    pub content_md5: Option<[u8; 16]>,
    /// The `x-amz-checksum-*` headers.
    pub checksums: Vec<Checksum>,
    /// The checksums that `x-amz-trailer` announces.
    pub trailers: Vec<ChecksumAlgorithm>,
}

impl Expectations {
    /// Reads the headers.
    ///
    /// # Errors
    /// When one of them cannot be read, so cannot be held to.
    pub fn from_request(request: &Request<'_>) -> Result<Self, PayloadError> {
        let content_md5 = request
            .single("content-md5")
            .map_err(|_| PayloadError::InvalidContentMd5)?
            .map(|text| {
                let bytes = BASE64_STANDARD.decode(text).ok();
                bytes.and_then(|b| b.try_into().ok()).ok_or(PayloadError::InvalidContentMd5)
            })
            .transpose()?;
        Ok(Self {
            content_length: length(request, "content-length", PayloadError::InvalidContentLength)?,
            decoded_content_length: length(
                request,
                "x-amz-decoded-content-length",
                PayloadError::DecodedLengthMissing,
            )?,
            content_md5,
            checksums: checksums(request)?,
            trailers: trailers(request)?,
        })
    }
}

fn length(
    request: &Request<'_>,
    name: &str,
    error: PayloadError,
) -> Result<Option<u64>, PayloadError> {
    let Ok(value) = request.single(name) else { return Err(error) };
    let Some(value) = value else { return Ok(None) };
    let number = std::str::from_utf8(value)
        .ok()
        .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|text| text.parse().ok());
    number.map(Some).ok_or(error)
}

/// The headers that carry a checksum. `-algorithm`, `-type` and `-mode` are about checksums.
fn checksums(request: &Request<'_>) -> Result<Vec<Checksum>, PayloadError> {
    let mut checksums: Vec<Checksum> = Vec::new();
    for (name, value) in request.headers {
        let name = name.to_ascii_lowercase();
        let Some(kind) = name.strip_prefix("x-amz-checksum-") else { continue };
        if matches!(kind, "algorithm" | "type" | "mode") {
            continue;
        }
        let checksum = ChecksumAlgorithm::from_header_name(&name)
            .and_then(|algorithm| Checksum::from_base64(algorithm, value.trim_ascii()))
            .filter(|new| checksums.iter().all(|old| old.algorithm() != new.algorithm()));
        match checksum {
            Some(checksum) => checksums.push(checksum),
            None => return Err(PayloadError::InvalidChecksumHeader { name }),
        }
    }
    Ok(checksums)
}

fn trailers(request: &Request<'_>) -> Result<Vec<ChecksumAlgorithm>, PayloadError> {
    let mut trailers = Vec::new();
    for name in request.values("x-amz-trailer").flat_map(|line| line.split(|b| *b == b',')) {
        let algorithm = std::str::from_utf8(name.trim_ascii())
            .ok()
            .and_then(ChecksumAlgorithm::from_header_name)
            .filter(|new| !trailers.contains(new))
            .ok_or(PayloadError::InvalidTrailerHeader)?;
        trailers.push(algorithm);
    }
    Ok(trailers)
}
