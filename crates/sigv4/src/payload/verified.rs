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

    /// The SHA-256, if it was declared, expected or asked for.
    #[must_use]
    pub fn sha256(&self) -> Option<[u8; 32]> {
        self.checksum(ChecksumAlgorithm::Sha256)?.value().try_into().ok()
    }

    /// Every checksum that was declared, expected or asked for, each once.
    #[must_use]
    pub fn checksums(&self) -> &[Checksum] {
        &self.checksums
    }

    /// The checksum by this algorithm, if it was declared, expected or asked for.
    #[must_use]
    pub fn checksum(&self, algorithm: ChecksumAlgorithm) -> Option<&Checksum> {
        self.checksums.iter().find(|checksum| checksum.algorithm() == algorithm)
    }
}
