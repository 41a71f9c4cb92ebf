use std::fmt;

use crate::{Request, encoding::excerpt, encoding::lower_hex};

/// What `x-amz-content-sha256` says about the body.
///
/// Source: S3 API Reference, *Authenticating Requests: Using the Authorization Header*, the table
/// of values. Signature Version 4A's (`…-ECDSA-…`) are not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadDeclaration {
    /// The SHA-256 of the body.
    Sha256([u8; 32]),
    /// `UNSIGNED-PAYLOAD`: the signature does not cover the body.
    Unsigned,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: chunks, each with a signature.
    SignedChunks,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`: the same, then signed trailers.
    SignedChunksWithTrailer,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: chunks and trailers without signatures.
    UnsignedChunksWithTrailer,
}

/// A value of `x-amz-content-sha256` that is none of those, or more than one value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "x-amz-content-sha256 is {value:?}; it must be UNSIGNED-PAYLOAD, \
     STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, \
     STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value"
)]
pub struct DeclarationError {
    value: String,
}

impl PayloadDeclaration {
    /// Reads the header; `None` if there is none.
    ///
    /// # Errors
    /// For another value than those above, or several.
    pub fn from_headers(request: &Request<'_>) -> Result<Option<Self>, DeclarationError> {
        let value = request
            .single("x-amz-content-sha256")
            .map_err(|_| DeclarationError { value: "(several values)".to_owned() })?;
        value.map(Self::parse).transpose()
    }

    /// Reads the query parameter `X-Amz-Content-Sha256`, where a presigned URL may carry it.
    pub(crate) fn from_query(request: &Request<'_>) -> Result<Option<Self>, DeclarationError> {
        let mut values = request
            .query_pairs()
            .filter(|(name, _)| **name == *b"X-Amz-Content-Sha256")
            .map(|(_, value)| Self::parse(&value));
        let first = values.next().transpose()?;
        if values.next().is_some() {
            return Err(DeclarationError { value: "(several values)".to_owned() });
        }
        Ok(first)
    }

    fn parse(value: &[u8]) -> Result<Self, DeclarationError> {
        Ok(match value {
            b"UNSIGNED-PAYLOAD" => Self::Unsigned,
            b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Self::SignedChunks,
            b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Self::SignedChunksWithTrailer,
            b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Self::UnsignedChunksWithTrailer,
            digits => Self::Sha256(
                lower_hex(digits).ok_or_else(|| DeclarationError { value: excerpt(digits) })?,
            ),
        })
    }

    /// Whether the body comes in chunks (`Content-Encoding: aws-chunked`).
    #[must_use]
    pub fn is_chunked(&self) -> bool {
        !matches!(self, Self::Sha256(_) | Self::Unsigned)
    }

    /// Whether every chunk carries a signature.
    #[must_use]
    pub fn has_signed_chunks(&self) -> bool {
        matches!(self, Self::SignedChunks | Self::SignedChunksWithTrailer)
    }

    /// Whether trailers follow the last chunk.
    #[must_use]
    pub fn has_trailer(&self) -> bool {
        matches!(self, Self::SignedChunksWithTrailer | Self::UnsignedChunksWithTrailer)
    }
}

/// The header's value.
impl fmt::Display for PayloadDeclaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256(digest) => return f.write_str(&hex::encode(digest)),
            Self::Unsigned => "UNSIGNED-PAYLOAD",
            Self::SignedChunks => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedChunksWithTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedChunksWithTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        })
    }
}
