use sha2::{Digest, Sha256};

use crate::{ChecksumAlgorithm, Seed, payload::Hasher};

/// Writes a body in chunks (`Content-Encoding: aws-chunked`), with trailers if some are named.
///
/// S3 refuses chunks of less than 8,192 bytes, but for the last that has data. The request has to
/// say `x-amz-decoded-content-length` and, for trailers, `x-amz-trailer`.
pub struct ChunkEncoder {
    seed: Option<Seed>,
    hashers: Vec<Hasher>,
}

impl ChunkEncoder {
    /// Chunks that are signed one by one, from the signature of their request. With trailers the
    /// declaration is [`SignedChunksWithTrailer`](crate::PayloadDeclaration), else `SignedChunks`.
    #[must_use]
    pub fn signed(seed: Seed, trailers: &[ChecksumAlgorithm]) -> Self {
        let hashers = trailers.iter().copied().map(Hasher::new).collect();
        Self { seed: Some(seed), hashers }
    }

    /// Chunks without signatures, whose trailers name their checksums.
    #[must_use]
    pub fn unsigned(trailers: &[ChecksumAlgorithm]) -> Self {
        Self { seed: None, hashers: trailers.iter().copied().map(Hasher::new).collect() }
    }

    /// One chunk with this data; nothing for no data, since an empty chunk is the last.
    #[must_use]
    pub fn chunk(&mut self, data: &[u8]) -> Vec<u8> {
        if data.is_empty() {
            return Vec::new();
        }
        for hasher in &mut self.hashers {
            hasher.update(data);
        }
        let mut out = self.header(data);
        out.extend(data);
        out.extend(b"\r\n");
        out
    }

    /// The last chunk, the trailers and the end.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let mut out = self.header(b"");
        let mut canonical = String::new();
        let has_trailers = !self.hashers.is_empty();
        for checksum in self.hashers.drain(..).map(Hasher::finish) {
            let trailer =
                format!("{}:{}", checksum.algorithm().header_name(), checksum.to_base64());
            out.extend(trailer.as_bytes());
            out.extend(b"\r\n");
            canonical.extend([trailer.as_str(), "\n"]);
        }
        if has_trailers && let Some(seed) = &mut self.seed {
            let signature = seed.sign_trailer(canonical.as_bytes());
            out.extend(format!("x-amz-trailer-signature:{signature}\r\n").as_bytes());
        }
        out.extend(b"\r\n");
        out
    }

    fn header(&mut self, data: &[u8]) -> Vec<u8> {
        match &mut self.seed {
            None => format!("{:x}\r\n", data.len()),
            Some(seed) => {
                let signature = seed.sign_chunk(&Sha256::digest(data).into());
                format!("{:x};chunk-signature={signature}\r\n", data.len())
            }
        }
        .into_bytes()
    }
}
