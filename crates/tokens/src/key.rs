use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use types::SecretBytes;

use crate::Jwk;

/// Bytes of an RSA-2048 modulus, the only size that is made or taken: Cognito's.
const MODULUS_BYTES: usize = 256;
/// Bytes of the largest public exponent the cryptographic library works with (33 bits).
const EXPONENT_BYTES_MAX: usize = 5;

/// A private RSA-2048 key that signs tokens, and its public half.
pub struct SigningKey {
    pair: RsaKeyPair,
    jwk: Jwk,
}

/// The public half of a signing key, parsed once, to check many tokens with.
#[derive(Clone)]
pub struct PublicKey {
    parsed: ParsedPublicKey,
    jwk: Jwk,
}

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key could be made.
    #[error("the cryptographic library could not generate an RSA key")]
    Generation,
    /// The bytes are not a PKCS#8 private key, or not one of RSA-2048.
    #[error("this is not an RSA-2048 private key in PKCS#8 (DER)")]
    NotPkcs8,
    /// The numbers of a JWK are not an RSA-2048 public key.
    #[error("the JWK's n and e are not an RSA-2048 public key")]
    NotPublicKey,
}

impl SigningKey {
    /// A new key. Takes 30 to 300 ms of CPU, so call it where that stops nobody.
    ///
    /// The chance comes from the cryptographic library's own generator, the only one it offers for
    /// this, and not from [`types::Entropy`].
    ///
    /// # Errors
    /// [`KeyError::Generation`].
    pub fn generate() -> Result<Self, KeyError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generation)?;
        Self::new(pair).ok_or(KeyError::Generation)
    }

    /// The key that [`SigningKey::to_pkcs8`] wrote.
    ///
    /// # Errors
    /// [`KeyError::NotPkcs8`].
    pub fn from_pkcs8(der: &SecretBytes) -> Result<Self, KeyError> {
        RsaKeyPair::from_pkcs8(der.expose()).ok().and_then(Self::new).ok_or(KeyError::NotPkcs8)
    }

    /// The key as a PKCS#8 document (RFC 5958, DER), to be sealed and stored.
    ///
    /// # Errors
    /// [`KeyError::NotPkcs8`] if the cryptographic library cannot write it.
    pub fn to_pkcs8(&self) -> Result<SecretBytes, KeyError> {
        let der = self.pair.as_der().map_err(|_| KeyError::NotPkcs8)?;
        Ok(SecretBytes::new(der.as_ref().to_vec()))
    }

    /// The public half as it is published and stored.
    #[must_use]
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    fn new(pair: RsaKeyPair) -> Option<Self> {
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let jwk = Jwk::new(&public.n, &public.e);
        (public.n.len() == MODULUS_BYTES).then_some(Self { pair, jwk })
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
    pub(crate) fn sign(&self, message: &[u8]) -> Option<[u8; MODULUS_BYTES]> {
        let mut signature = [0; MODULUS_BYTES];
        // This scheme uses no chance; the library asks for a source and ignores it.
        let unused = SystemRandom::new();
        self.pair.sign(&RSA_PKCS1_SHA256, &unused, message, &mut signature).ok()?;
        Some(signature)
    }
}

impl PublicKey {
    /// The key of a JWK from our own records.
    ///
    /// # Errors
    /// [`KeyError::NotPublicKey`].
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let number = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::NotPublicKey);
        let components = RsaPublicKeyComponents { n: number(&jwk.n)?, e: number(&jwk.e)? };
        if components.n.len() != MODULUS_BYTES || components.e.len() > EXPONENT_BYTES_MAX {
            return Err(KeyError::NotPublicKey);
        }
        let parsed = components
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| KeyError::NotPublicKey)?;
        Ok(Self { parsed, jwk: jwk.clone() })
    }

    /// The key as it is published and stored.
    #[must_use]
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// Whether `signature` is this key's RS256 signature of `message`.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.jwk.kid())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.jwk.kid())
    }
}
