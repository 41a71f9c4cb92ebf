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

    /// Whether the checksum of a whole can be told from those of its parts.
    #[must_use]
    pub fn is_crc(self) -> bool {
        self.crc().is_some()
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
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

    /// The checksum of this value; `None` unless it is exactly as long as it must be.
    #[must_use]
    pub fn from_value(algorithm: ChecksumAlgorithm, value: &[u8]) -> Option<Self> {
        (value.len() == algorithm.length()).then(|| Self { algorithm, value: value.to_vec() })
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

    /// The checksum of some bytes.
    #[must_use]
    pub fn of(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    /// The checksum of these bytes and, behind them, the `length` bytes that `next` is the checksum of.
    /// `None` if the algorithms differ or have no such arithmetic, as SHA has not.
    #[must_use]
    pub fn followed_by(&self, next: &Self, length: u64) -> Option<Self> {
        let algorithm = self.algorithm;
        let crc = algorithm.crc().filter(|_| next.algorithm == algorithm)?;
        let register = crc_fast::checksum_combine(crc, self.register(), next.register(), length);
        Some(Self::of_register(algorithm, register))
    }

    /// The value as a number.
    fn register(&self) -> u64 {
        self.value.iter().fold(0, |register, byte| register << 8 | u64::from(*byte))
    }

    /// The CRC is in the low bytes of the register.
    fn of_register(algorithm: ChecksumAlgorithm, register: u64) -> Self {
        let register = register.to_be_bytes();
        let value = register.iter().skip(register.len() - algorithm.length()).copied().collect();
        Self { algorithm, value }
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
        match (algorithm, algorithm.crc()) {
            (_, Some(crc)) => Self::Crc(algorithm, crc_fast::Digest::new(crc)),
            (ChecksumAlgorithm::Sha1, None) => Self::Sha1(Sha1::new()),
            (_, None) => Self::Sha256(Sha256::new()),
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
            Self::Crc(_, digest) => return Checksum::of_register(algorithm, digest.finalize()),
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
    fn the_crc_of_a_whole_is_told_from_those_of_its_parts() {
        let whole: Vec<u8> = (0..=255).cycle().take(70_000).collect();
        for algorithm in ChecksumAlgorithm::ALL {
            for cut in [0, 1, 4096, 69_999, 70_000] {
                let (head, tail) = whole.split_at(cut);
                let [head_sum, tail_sum] = [head, tail].map(|part| Checksum::of(algorithm, part));
                let combined = head_sum.followed_by(&tail_sum, tail.len() as u64);
                let expected = algorithm.is_crc().then(|| Checksum::of(algorithm, &whole));
                assert_eq!(combined, expected, "{algorithm} cut at {cut}");
            }
        }
        let [one, other] = [ChecksumAlgorithm::Crc32, ChecksumAlgorithm::Crc32c]
            .map(|algorithm| Checksum::of(algorithm, b"x"));
        assert_eq!(one.followed_by(&other, 1), None);
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
