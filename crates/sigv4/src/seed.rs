use types::Timestamp;

use crate::{CredentialScope, Signature, SigningKey, key::sha256, time::basic_format};

/// SHA-256 of nothing, which every chunk's string to sign contains.
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The start of a chain of chunk signatures: key, time, scope and the request's own signature.
///
/// Sources: S3 API Reference, *Signature Calculations for the Authorization Header: Transferring
/// Payload in Multiple Chunks* and *Signature calculations for trailing headers*.
#[derive(Debug, Clone)]
pub struct Seed {
    key: SigningKey,
    /// Time and scope as they stand in every string to sign, a line each.
    time_and_scope: String,
    previous: Signature,
}

impl Seed {
    pub(crate) fn new(
        key: SigningKey,
        signed_at: Timestamp,
        scope: &CredentialScope,
        signature: Signature,
    ) -> Self {
        let time_and_scope = format!("{}\n{scope}", basic_format(signed_at));
        Self { key, time_and_scope, previous: signature }
    }

    /// The signature that the next one builds on.
    pub(crate) fn signature(&self) -> Signature {
        self.previous
    }

    /// The signature of the next chunk, whose data has the SHA-256 `data`.
    pub(crate) fn sign_chunk(&mut self, data: &[u8; 32]) -> Signature {
        let rest = format!("{EMPTY_SHA256}\n{}", hex::encode(data));
        self.sign("AWS4-HMAC-SHA256-PAYLOAD", &rest)
    }

    /// The signature of the trailers, written `name:value` with a line feed behind each.
    pub(crate) fn sign_trailer(&mut self, trailers: &[u8]) -> Signature {
        self.sign("AWS4-HMAC-SHA256-TRAILER", &hex::encode(sha256(trailers)))
    }

    fn sign(&mut self, algorithm: &str, rest: &str) -> Signature {
        let string_to_sign =
            format!("{algorithm}\n{}\n{}\n{rest}", self.time_and_scope, self.previous);
        self.previous = self.key.sign(string_to_sign.as_bytes());
        self.previous
    }
}
