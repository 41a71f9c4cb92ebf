use super::{Checksum, ChecksumAlgorithm};

/// A value that a body proved. Only [`Payload::finish`](super::Payload::finish) makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    pub(super) fn new(value: T) -> Self {
        Self(value)
    }

    /// The value.
    pub fn get(&self) -> &T {
        &self.0
    }
}

/// What a body was: its length and its digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    pub(super) length: u64,
    pub(super) md5: Option<[u8; 16]>,
    pub(super) checksums: Vec<Checksum>,
}

impl Digests {
    /// The number of bytes, without the framing of chunks.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The MD5, which is S3's `ETag`, unless it was switched off.
    #[must_use]
    pub fn md5(&self) -> Option<[u8; 16]> {
        self.md5
    }

    /// Every checksum that a header gave, a trailer announced or the receiver asked for, each once. The
    /// SHA-256 of a signed body is no checksum of these, unless it is that too.
    #[must_use]
    pub fn checksums(&self) -> &[Checksum] {
        &self.checksums
    }

    /// The checksum by this algorithm, if it is one of [`checksums`](Self::checksums).
    #[must_use]
    pub fn checksum(&self, algorithm: ChecksumAlgorithm) -> Option<&Checksum> {
        self.checksums.iter().find(|checksum| checksum.algorithm() == algorithm)
    }
}
