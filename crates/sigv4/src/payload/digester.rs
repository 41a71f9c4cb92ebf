use md5::{Digest, Md5};

use super::{Checksum, ChecksumAlgorithm, Digests, Hasher};

/// Computes the digests of bytes that nobody declared anything of, such as those of a copy.
///
/// ```
/// use sigv4::{ChecksumAlgorithm, Digester};
///
/// let mut digester = Digester::new().with_checksum(ChecksumAlgorithm::Crc32);
/// digester.update(b"1234");
/// digester.update(b"56789");
/// let digests = digester.finish();
/// assert_eq!((digests.length(), digests.checksums()[0].to_base64().as_str()), (9, "y/Q5Jg=="));
/// ```
pub struct Digester {
    length: u64,
    md5: Option<Md5>,
    hashers: Vec<Hasher>,
}

impl Default for Digester {
    fn default() -> Self {
        Self::new()
    }
}

impl Digester {
    /// Of no bytes yet: their length and MD5.
    #[must_use]
    pub fn new() -> Self {
        Self { length: 0, md5: Some(Md5::new()), hashers: Vec::new() }
    }

    /// This checksum too. Call it before the first byte.
    #[must_use]
    pub fn with_checksum(mut self, algorithm: ChecksumAlgorithm) -> Self {
        if self.checksums().all(|known| known != algorithm) {
            self.hashers.push(Hasher::new(algorithm));
        }
        self
    }

    /// Without the MD5.
    #[must_use]
    pub fn without_md5(self) -> Self {
        Self { md5: None, ..self }
    }

    /// Which checksums are computed.
    pub fn checksums(&self) -> impl Iterator<Item = ChecksumAlgorithm> {
        self.hashers.iter().map(Hasher::algorithm)
    }

    /// How many bytes there were so far.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Some more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        for hasher in &mut self.hashers {
            hasher.update(bytes);
        }
    }

    /// The digests of all of them.
    #[must_use]
    pub fn finish(self) -> Digests {
        Digests {
            length: self.length,
            md5: self.md5.map(|md5| md5.finalize().into()),
            checksums: self.hashers.into_iter().map(Hasher::finish).collect::<Vec<Checksum>>(),
        }
    }
}
