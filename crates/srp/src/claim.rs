use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use types::SecretBytes;

use crate::{ClaimTimestamp, ClientPublic, Exchange, Name};

/// What the key is derived for. The one byte is HKDF's counter of the first block.
const INFORMATION: &[u8] = b"Caldera Derived Key\x01";
/// How much of the first block is the key.
const KEY_BYTES: usize = 16;

/// What the client claims: that it knows the password, here and now.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Who signs in.
    pub name: Name<'a>,
    /// The sign-in's state, as the client got it (`SECRET_BLOCK`, without its base64).
    pub secret_block: &'a [u8],
    /// When, as the client says.
    pub timestamp: &'a ClaimTimestamp,
    /// The signature over these (`PASSWORD_CLAIM_SIGNATURE`, without its base64).
    pub signature: &'a [u8],
}

/// The claim was not made with the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the claim was not signed by somebody who knows the password")]
pub struct ClaimError;

impl Exchange<'_> {
    /// Whether whoever sent `client` before knows the password now.
    ///
    /// # Errors
    /// [`ClaimError`]. What was wrong is not known: a wrong password gives another key.
    pub fn check_claim(&self, client: &ClientPublic, claim: &Claim<'_>) -> Result<(), ClaimError> {
        let expected =
            signature(&self.key(client), claim.name, claim.secret_block, claim.timestamp);
        if SecretBytes::new(expected).equals(claim.signature) { Ok(()) } else { Err(ClaimError) }
    }
}

/// The signature under this key.
pub(crate) fn signature(
    key: &[u8; 32],
    name: Name<'_>,
    secret_block: &[u8],
    timestamp: &ClaimTimestamp,
) -> Vec<u8> {
    let signed =
        [name.pool.as_bytes(), name.user.as_bytes(), secret_block, timestamp.as_str().as_bytes()];
    hmac(key.first_chunk::<KEY_BYTES>().unwrap_or(&[0; KEY_BYTES]), &signed.concat()).to_vec()
}

/// The first block of HKDF-SHA-256 (RFC 5869).
pub(crate) fn derive(salt: &[u8], secret: &[u8]) -> [u8; 32] {
    hmac(&hmac(salt, secret), INFORMATION)
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so this is never the fallback.
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mut mac| {
        mac.update(message);
        mac.finalize().into_bytes().into()
    });
    mac.unwrap_or_default()
}
