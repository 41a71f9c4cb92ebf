use super::ChecksumAlgorithm;

/// Why a body is not what its request says, or cannot be.
///
/// The variants are as fine as S3's error codes, which are named in brackets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// The body has another SHA-256 than `x-amz-content-sha256` (`XAmzContentSHA256Mismatch`).
    #[error("the body's SHA-256 is {computed}, but x-amz-content-sha256 says {declared}")]
    Sha256Mismatch {
        /// What the header says, in hexadecimal digits.
        declared: String,
        /// What the body is, in hexadecimal digits.
        computed: String,
    },
    /// The body has another MD5 than `Content-MD5` (`BadDigest`).
    #[error("the body's MD5 is {computed}, but Content-MD5 says {declared}")]
    Md5Mismatch {
        /// What the header says, in base64.
        declared: String,
        /// What the body is, in base64.
        computed: String,
    },
    /// The body has another checksum than its header or trailer says (`BadDigest`).
    #[error("the body's {algorithm} is {computed}, but {declared} was specified")]
    ChecksumMismatch {
        /// By which algorithm.
        algorithm: ChecksumAlgorithm,
        /// What the header or trailer says, in base64.
        declared: String,
        /// What the body is, in base64.
        computed: String,
    },
    /// The body ended early (`IncompleteBody`).
    #[error("the body ended after {received} bytes of {expected}")]
    TooShort {
        /// Bytes received, without framing.
        received: u64,
        /// Bytes announced by `Content-Length` or `x-amz-decoded-content-length`.
        expected: u64,
    },
    /// The body, or a chunk by its announced size, goes beyond what was announced
    /// (`IncompleteBody`).
    #[error("the body goes beyond the {expected} bytes that were announced")]
    TooLong {
        /// Bytes announced by `Content-Length` or `x-amz-decoded-content-length`.
        expected: u64,
    },
    /// The chunks were cut: the last one or the trailers' end did not come (`IncompleteBody`).
    #[error("the chunked body was cut after {received} bytes of data")]
    Cut {
        /// Bytes received, without framing.
        received: u64,
    },
    /// Something follows the end of the chunks (`IncompleteBody`).
    #[error("there are bytes behind the end of the chunked body")]
    BehindEnd,
    /// A chunk's header is not `SIZE` or `SIZE;chunk-signature=SIGNATURE`, or no line break stands
    /// where one must (`IncompleteBody`).
    #[error("chunk {chunk} is malformed: {problem}")]
    MalformedChunk {
        /// Which one, from 1.
        chunk: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// A chunk other than the last has less than 8,192 bytes (`InvalidChunkSizeError`).
    #[error("Only the last chunk is allowed to have a size less than 8192 bytes")]
    InvalidChunkSize {
        /// The chunk at which it showed: the one behind the small one, from 1.
        chunk: u64,
        /// The small chunk's size, in bytes.
        size: u64,
    },
    /// A chunk's signature is wrong (`SignatureDoesNotMatch`).
    #[error("the signature of chunk {chunk} is wrong; the data or a chunk before it was altered")]
    ChunkSignature {
        /// Which one, from 1; the last has no data.
        chunk: u64,
    },
    /// The trailers' signature is wrong (`SignatureDoesNotMatch`).
    #[error("the signature of the trailers is wrong")]
    TrailerSignature,
    /// A trailer cannot be read, or comes without being announced (`MalformedTrailerError`).
    #[error("the trailers are malformed: {problem}")]
    MalformedTrailer {
        /// What is wrong.
        problem: &'static str,
    },
    /// A trailer, or the trailers' signature, was announced and did not come (`IncompleteBody`).
    #[error("the trailer {name} did not come")]
    TrailerMissing {
        /// Its name.
        name: &'static str,
    },
    /// `x-amz-trailer` names what is no checksum, or is missing where trailers are declared, or is
    /// there where none are (`InvalidRequest`).
    #[error("x-amz-trailer does not name the checksums that follow this body")]
    InvalidTrailerHeader,
    /// A chunked body without a readable `x-amz-decoded-content-length` (`MissingContentLength`).
    #[error("a chunked body needs x-amz-decoded-content-length, a number of bytes")]
    DecodedLengthMissing,
    /// `Content-Length` is not a number, or there are several (`InvalidArgument`).
    #[error("Content-Length is not one number of bytes")]
    InvalidContentLength,
    /// `Content-MD5` is not the base64 of 16 bytes (`InvalidDigest`).
    #[error("Content-MD5 is not the base64 of one MD5 (16 bytes)")]
    InvalidContentMd5,
    /// An `x-amz-checksum-*` header is not the base64 of one checksum by its algorithm, or names an
    /// algorithm that is not served (`InvalidRequest`).
    #[error("Value for {name} header is invalid.")]
    InvalidChecksumHeader {
        /// The header's name, lower case.
        name: String,
    },
    /// Signed chunks in a request that is not signed (`AccessDenied`).
    #[error("the chunks are declared to be signed, but the request is not")]
    NotSigned,
    /// The body was refused before, and no more of it is read.
    #[error("the body was refused already")]
    Refused,
}
