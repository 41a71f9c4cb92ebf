use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use types::{Secret, SecretString};
use zeroize::Zeroizing;

use crate::{CredentialScope, encoding::lower_hex};

/// HMAC-SHA256's block, to which RFC 2104 pads a key.
const BLOCK: usize = 64;

/// The key that signs on one day, in one region, for one service. It may be kept and used again.
///
/// Source: IAM User Guide, *Create a signed AWS API request*, step 3, *Derive a signing key*.
#[derive(Clone)]
pub struct SigningKey(Secret<[u8; 32]>);

impl SigningKey {
    /// The key for `scope`, from the secret access key.
    #[must_use]
    pub fn derive(secret: &SecretString, scope: &CredentialScope) -> Self {
        let start = Zeroizing::new([b"AWS4", secret.expose().as_bytes()].concat());
        let date = Zeroizing::new(hmac_sha256(&start, scope.date().as_bytes()));
        let region = Zeroizing::new(hmac_sha256(&*date, scope.region().as_str().as_bytes()));
        let service = Zeroizing::new(hmac_sha256(&*region, scope.service().as_bytes()));
        Self(Secret::new(hmac_sha256(&*service, b"aws4_request")))
    }

    /// The signature of a string to sign.
    pub(crate) fn sign(&self, string_to_sign: &[u8]) -> Signature {
        Signature(hmac_sha256(self.0.expose(), string_to_sign))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// A signature: 32 bytes, 64 lower-case hexadecimal digits. Compared in constant time.
#[derive(Clone, Copy)]
pub struct Signature([u8; 32]);

impl Signature {
    /// Reads the 64 digits.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        lower_hex(text).map(Self)
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Signature {}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One that is right authorises whoever reads it, until it expires.
        f.write_str("Signature(…)")
    }
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = Zeroizing::new([0_u8; BLOCK]);
    let hashed = Zeroizing::new(if key.len() > BLOCK { sha256(key) } else { [0; 32] });
    let short = if key.len() > BLOCK { hashed.as_slice() } else { key };
    for (to, from) in block.iter_mut().zip(short) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// The SHA-256 of a whole message.
pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
    #[test]
    fn hmac_is_that_of_rfc_4231() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, message, expected) in cases {
            assert_eq!(hex::encode(hmac_sha256(key, message)), expected);
        }
    }

    #[test]
    fn neither_key_nor_signature_is_printed() {
        let scope = "20130524/us-east-1/s3/aws4_request".parse().unwrap();
        let key = SigningKey::derive(&"secret".into(), &scope);
        assert_eq!(format!("{key:?} {:?}", key.sign(b"")), "SigningKey(…) Signature(…)");
    }
}
