use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use crc_fast::CrcAlgorithm;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A checksum that S3 takes and gives in `x-amz-checksum-*` headers and trailers.
///
/// Source: S3 User Guide, *Checking object integrity for data uploads in Amazon S3*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChecksumAlgorithm {
    /// CRC-32 of ISO 3309, 4 bytes.
    Crc32,
    /// CRC-32C (Castagnoli), 4 bytes.
    Crc32c,
    /// CRC-64/NVME, 8 bytes.
    Crc64Nvme,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
}

impl ChecksumAlgorithm {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// The header or trailer that carries it, such as `x-amz-checksum-crc32`.
    #[must_use]
    pub fn header_name(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The algorithm whose header this is, in any case.
    #[must_use]
    pub fn from_header_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.header_name().eq_ignore_ascii_case(name))
    }

    /// The length of its value, in bytes.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// The name in S3's API (model: `ChecksumAlgorithm`), such as `CRC64NVME`.
impl fmt::Display for ChecksumAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        })
    }
}

/// A checksum's algorithm and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    algorithm: ChecksumAlgorithm,
    value: Vec<u8>,
}

impl Checksum {
    /// Reads the base64 of a header or trailer; `None` unless it is exactly as long as it must be.
    #[must_use]
    pub fn from_base64(algorithm: ChecksumAlgorithm, text: &[u8]) -> Option<Self> {
        let value = BASE64_STANDARD.decode(text).ok()?;
        (value.len() == algorithm.length()).then_some(Self { algorithm, value })
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> ChecksumAlgorithm {
        self.algorithm
    }

    /// The value, big-endian: [`ChecksumAlgorithm::length`] bytes.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// The value as headers and trailers carry it.
    #[must_use]
    pub fn to_base64(&self) -> String {
        BASE64_STANDARD.encode(&self.value)
    }
}

/// A checksum in the making.
pub(crate) enum Hasher {
    Crc(ChecksumAlgorithm, crc_fast::Digest),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hasher {
    pub(crate) fn new(algorithm: ChecksumAlgorithm) -> Self {
        let crc = |parameters| Self::Crc(algorithm, crc_fast::Digest::new(parameters));
        match algorithm {
            ChecksumAlgorithm::Crc32 => crc(CrcAlgorithm::Crc32IsoHdlc),
            ChecksumAlgorithm::Crc32c => crc(CrcAlgorithm::Crc32Iscsi),
            ChecksumAlgorithm::Crc64Nvme => crc(CrcAlgorithm::Crc64Nvme),
            ChecksumAlgorithm::Sha1 => Self::Sha1(Sha1::new()),
            ChecksumAlgorithm::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub(crate) fn algorithm(&self) -> ChecksumAlgorithm {
        match self {
            Self::Crc(algorithm, _) => *algorithm,
            Self::Sha1(_) => ChecksumAlgorithm::Sha1,
            Self::Sha256(_) => ChecksumAlgorithm::Sha256,
        }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        match self {
            Self::Crc(_, digest) => digest.update(data),
            Self::Sha1(digest) => digest.update(data),
            Self::Sha256(digest) => digest.update(data),
        }
    }

    pub(crate) fn finish(self) -> Checksum {
        let algorithm = self.algorithm();
        let value = match self {
            // The CRC is in the low bytes of the register.
            Self::Crc(_, digest) => {
                let register = digest.finalize().to_be_bytes();
                register.iter().skip(register.len() - algorithm.length()).copied().collect()
            }
            Self::Sha1(digest) => digest.finalize().to_vec(),
            Self::Sha256(digest) => digest.finalize().to_vec(),
        };
        Checksum { algorithm, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Check values of "123456789": the CRC catalogue (reveng) and the SHA examples' algorithms.
    #[test]
    fn check_values_are_the_published_ones() {
        for (algorithm, expected) in [
            (ChecksumAlgorithm::Crc32, "cbf43926"),
            (ChecksumAlgorithm::Crc32c, "e3069283"),
            (ChecksumAlgorithm::Crc64Nvme, "ae8b14860a799888"),
            (ChecksumAlgorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
            (
                ChecksumAlgorithm::Sha256,
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
        ] {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"1234");
            hasher.update(b"56789");
            let checksum = hasher.finish();
            assert_eq!(hex::encode(checksum.value()), expected, "{algorithm}");
            let text = checksum.to_base64();
            assert_eq!(Checksum::from_base64(algorithm, text.as_bytes()), Some(checksum));
        }
    }

    #[test]
    fn a_value_of_another_length_is_refused() {
        for text in
            ["", "AAAA", "AAAAAA", "AAAAAA=", "AAAAAAA=", "AAAA AA==", "AAAAAAA==", "AAAAAB=="]
        {
            assert_eq!(
                Checksum::from_base64(ChecksumAlgorithm::Crc32, text.as_bytes()),
                None,
                "{text}"
            );
        }
        assert!(Checksum::from_base64(ChecksumAlgorithm::Crc32, b"AAAAAA==").is_some());
    }

    #[test]
    fn headers_name_their_algorithm() {
        for algorithm in ChecksumAlgorithm::ALL {
            let name = algorithm.header_name().to_uppercase();
            assert_eq!(ChecksumAlgorithm::from_header_name(&name), Some(algorithm));
        }
        assert_eq!(ChecksumAlgorithm::from_header_name("x-amz-checksum-mode"), None);
    }
}
