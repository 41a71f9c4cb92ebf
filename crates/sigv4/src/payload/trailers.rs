use super::{Checksum, ChecksumAlgorithm, PayloadError};
use crate::{Seed, Signature};

/// The trailer that ends signed trailers.
const SIGNATURE: &str = "x-amz-trailer-signature";

/// What may stand around a value (RFC 9110 section 5.5, `OWS`).
const BLANK: [char; 2] = [' ', '\t'];

/// Lines are bounded in length by who hands them in, and in number by this: every checksum, the
/// signature, and the empty lines that some clients put between.
const LINES_MAX: usize = 16;

/// The trailers of a chunked body, announced and come.
pub(super) struct Trailers {
    announced: Vec<ChecksumAlgorithm>,
    found: Vec<Checksum>,
    signature: SignatureState,
    /// What the signature covers: `name:value` and a line feed for each trailer.
    canonical: String,
    lines: usize,
}

#[derive(PartialEq, Eq)]
enum SignatureState {
    NotNeeded,
    Awaited,
    Right,
}

impl Trailers {
    pub(super) fn new(announced: Vec<ChecksumAlgorithm>, signed: bool) -> Self {
        let signature = if signed { SignatureState::Awaited } else { SignatureState::NotNeeded };
        Self { announced, found: Vec::new(), signature, canonical: String::new(), lines: 0 }
    }

    /// Reads one line, with its line break; `true` when it was the last. Signed trailers need the
    /// `seed`, which stands at the last chunk's signature.
    pub(super) fn line(
        &mut self,
        line: &[u8],
        seed: Option<&mut Seed>,
    ) -> Result<bool, PayloadError> {
        self.lines += 1;
        if self.lines > LINES_MAX {
            return Err(malformed("there are too many"));
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = match line.strip_suffix(b"\r") {
            Some(line) => line,
            // What stands there may have been the carriage return.
            None if line.ends_with(b" ") || line.ends_with(b"\t") => {
                return Err(malformed("a line has white space for its carriage return"));
            }
            // A bare line feed is what minio-go ends its checksum's line with.
            None => line,
        };
        if line.is_empty() {
            // Before the signature an empty line means nothing: AWS's own example and minio-go have
            // one. What is signed is complete only with the signature.
            return if self.signature == SignatureState::Awaited { Ok(false) } else { self.end() };
        }
        let text = std::str::from_utf8(line).map_err(|_| malformed("a line is not text"))?;
        let (name, value) = text.split_once(':').ok_or_else(|| malformed("a line has no colon"))?;
        let (name, value) =
            (name.trim_matches(BLANK).to_ascii_lowercase(), value.trim_matches(BLANK));
        match (&self.signature, seed) {
            (SignatureState::Awaited, Some(seed)) if name == SIGNATURE => {
                if Signature::parse(value.as_bytes())
                    != Some(seed.sign_trailer(self.canonical.as_bytes()))
                {
                    return Err(PayloadError::TrailerSignature);
                }
                self.signature = SignatureState::Right;
                return Ok(false);
            }
            (SignatureState::Right, _) => return Err(malformed("one follows their signature")),
            _ => {}
        }
        let algorithm = ChecksumAlgorithm::from_header_name(&name)
            .filter(|algorithm| self.announced.contains(algorithm))
            .ok_or_else(|| malformed("one was not announced by x-amz-trailer"))?;
        if self.found.iter().any(|checksum| checksum.algorithm() == algorithm) {
            return Err(malformed("one comes twice"));
        }
        let checksum = Checksum::from_base64(algorithm, value.as_bytes())
            .ok_or_else(|| malformed("a value is not a checksum by its algorithm"))?;
        self.found.push(checksum);
        self.canonical.extend([name.as_str(), ":", value, "\n"]);
        Ok(false)
    }

    fn end(&self) -> Result<bool, PayloadError> {
        let came = |algorithm| self.found.iter().any(|found| found.algorithm() == algorithm);
        match self.announced.iter().find(|algorithm| !came(**algorithm)) {
            Some(missing) => Err(PayloadError::TrailerMissing { name: missing.header_name() }),
            None => Ok(true),
        }
    }

    pub(super) fn into_checksums(self) -> Vec<Checksum> {
        self.found
    }
}

fn malformed(problem: &'static str) -> PayloadError {
    PayloadError::MalformedTrailer { problem }
}
