use std::{fmt, str::FromStr};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
    hkdf::{self, HKDF_SHA256, Prk},
};
use types::{Entropy, SecretBytes};
use zeroize::Zeroizing;

/// Bytes of a ring key.
pub(crate) const KEY_BYTES: usize = 32;
/// Bytes of a [`KeyId`].
pub(crate) const KEY_ID_BYTES: usize = 8;
/// Bytes of an AES-GCM nonce.
pub(crate) const NONCE_BYTES: usize = NONCE_LEN;

/// Which key of a ring something was sealed with: 16 hexadecimal digits.
///
/// It is derived from the key, so a key that was altered in the ring's file no longer fits its id;
/// it tells nothing about the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub(crate) [u8; KEY_ID_BYTES]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl FromStr for KeyId {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut id = [0; KEY_ID_BYTES];
        hex::decode_to_slice(text, &mut id)?;
        Ok(Self(id))
    }
}

/// One key of the ring: 32 random bytes from which every key that is really used is derived.
#[derive(Clone)]
pub(crate) struct RingKey {
    id: KeyId,
    bytes: SecretBytes,
    /// The ring key itself: RFC 5869 section 3.3 lets a uniformly random key of the hash's length
    /// go without the extract step.
    expander: Prk,
}

impl RingKey {
    pub(crate) fn generate(entropy: &dyn Entropy) -> Result<Self, Unspecified> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        entropy.fill(bytes.as_mut_slice());
        Self::new(&bytes)
    }

    pub(crate) fn new(bytes: &[u8; KEY_BYTES]) -> Result<Self, Unspecified> {
        let expander = Prk::new_less_safe(HKDF_SHA256, bytes);
        let id = KeyId(derive(&expander, "ring key id", &[])?);
        Ok(Self { id, bytes: SecretBytes::new(bytes.to_vec()), expander })
    }

    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn bytes(&self) -> &SecretBytes {
        &self.bytes
    }

    /// `N` bytes that nobody without this ring key can foresee, for one label and context.
    pub(crate) fn derive<const N: usize>(
        &self,
        label: &str,
        context: &[u8],
    ) -> Result<[u8; N], Unspecified> {
        derive(&self.expander, label, context)
    }

    /// The AES-256-GCM key for one label and context.
    pub(crate) fn cipher(&self, label: &str, context: &[u8]) -> Result<LessSafeKey, Unspecified> {
        let length = label_length(label)?;
        let info = [&length, label.as_bytes(), context];
        let key = self.expander.expand(&info, &AES_256_GCM)?;
        Ok(LessSafeKey::new(UnboundKey::from(key)))
    }
}

/// Appends to `header` what `cipher` makes of `plaintext`; the header is authenticated with it.
pub(crate) fn encrypt(
    cipher: &LessSafeKey,
    nonce: [u8; NONCE_BYTES],
    header: Vec<u8>,
    associated_data: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    let mut text = Zeroizing::new(plaintext.to_vec());
    let aad = Aad::from([header.as_slice(), associated_data].concat());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = cipher.seal_in_place_separate_tag(nonce, aad, text.as_mut_slice())?;
    let mut sealed = header;
    sealed.extend_from_slice(&text);
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

/// The plaintext behind `header`, whose length the caller knows.
pub(crate) fn decrypt(
    cipher: &LessSafeKey,
    nonce: [u8; NONCE_BYTES],
    header: &[u8],
    associated_data: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let aad = Aad::from([header, associated_data].concat());
    let mut text = Zeroizing::new(ciphertext.to_vec());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let length = cipher.open_in_place(nonce, aad, text.as_mut_slice())?.len();
    text.truncate(length);
    Ok(text)
}

fn derive<const N: usize>(
    expander: &Prk,
    label: &str,
    context: &[u8],
) -> Result<[u8; N], Unspecified> {
    let length = label_length(label)?;
    let info = [&length, label.as_bytes(), context];
    let mut bytes = [0; N];
    expander.expand(&info, Length(N))?.fill(&mut bytes)?;
    Ok(bytes)
}

/// The label's length goes before it, so that no label and context read like another pair.
fn label_length(label: &str) -> Result<[u8; 1], Unspecified> {
    u8::try_from(label.len()).map(|length| [length]).map_err(|_| Unspecified)
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}
