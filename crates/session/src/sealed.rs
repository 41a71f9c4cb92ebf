use std::{fmt, marker::PhantomData, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use types::{Entropy, Secret};
use zeroize::Zeroize;

use crate::{
    KeyId, KeyRing, SealError,
    key::{KEY_ID_BYTES, NONCE_BYTES, decrypt, encrypt},
};

/// The first byte of what is sealed; another layout gets another number.
const FORMAT: u8 = 1;
/// Random bytes that give each sealing a key of its own, so that the 96-bit nonce never has to
/// carry more than one message, however many cursors a server hands out.
const SALT_BYTES: usize = 12;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES + SALT_BYTES + NONCE_BYTES;
const TAG_BYTES: usize = 16;
/// More than any secret, cursor or state needs; what is longer was not made here.
const SEALED_BYTES_MAX: usize = 64 * 1024;

/// What something is sealed for. Each use has keys of its own, so that nothing made for one can be
/// handed in as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// A secret in a record; the associated data is the record's key.
    SecretAtRest,
    /// Where a listing goes on: a pagination or continuation token.
    Cursor,
    /// The state of a sign-in between two challenges.
    ChallengeState,
    /// For whom work goes on in the background; the associated data is what it is done to.
    Delegation,
}

impl Label {
    fn text(self) -> &'static str {
        match self {
            Self::SecretAtRest => "secret at rest",
            Self::Cursor => "cursor",
            Self::ChallengeState => "challenge state",
            Self::Delegation => "delegation",
        }
    }
}

/// What can be sealed: text and bytes.
pub trait Sealable: Zeroize + AsRef<[u8]> + Sized + sealed_trait::Sealed {
    /// The value whose bytes these are, if there is one.
    fn from_bytes(bytes: Vec<u8>) -> Option<Self>;
}

mod sealed_trait {
    pub trait Sealed {}
    impl Sealed for String {}
    impl Sealed for Vec<u8> {}
}

impl Sealable for String {
    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Self::from_utf8(bytes).map_err(|wrong| wrong.into_bytes().zeroize()).ok()
    }
}

impl Sealable for Vec<u8> {
    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Some(bytes)
    }
}

/// A secret as it may be stored or handed out: unreadable and unalterable without the ring.
///
/// As text (`Display`, `FromStr`, serde) it is URL-safe base64 without padding, so that it can be a
/// pagination token as it is.
pub struct Sealed<T> {
    bytes: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

/// Why something sealed does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// Its ring key was dropped, or belongs to another ring. To a client this is the same as
    /// [`UnsealError::Broken`]; to an operator it says which key is missed.
    #[error("the key ring has no key {0}; use the ring that this data was written with")]
    UnknownKey(KeyId),
    /// It was altered, or sealed for another use or with other associated data.
    #[error("what was sealed has been altered, or was sealed for something else")]
    Broken,
}

impl KeyRing {
    /// Seals `secret` with the ring's primary key.
    ///
    /// It opens only with the same label and the same `associated_data`: what it belongs to, such
    /// as the key of its record or the request that a cursor continues. That is authenticated, not
    /// stored.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond 64 KiB, [`SealError::Cryptography`].
    pub fn seal<T: Sealable>(
        &self,
        label: Label,
        associated_data: &[u8],
        secret: &Secret<T>,
        entropy: &dyn Entropy,
    ) -> Result<Sealed<T>, SealError> {
        let plaintext = secret.expose().as_ref();
        let length = HEADER_BYTES + plaintext.len() + TAG_BYTES;
        if length > SEALED_BYTES_MAX {
            return Err(SealError::TooLong { bytes: plaintext.len() });
        }
        let key = self.primary();
        let salt = entropy.bytes::<SALT_BYTES>();
        let nonce = entropy.bytes::<NONCE_BYTES>();
        let mut header = Vec::with_capacity(length);
        header.push(FORMAT);
        header.extend_from_slice(&key.id().0);
        header.extend_from_slice(&salt);
        header.extend_from_slice(&nonce);
        let bytes = key
            .cipher(label.text(), &salt)
            .and_then(|cipher| encrypt(&cipher, nonce, header, associated_data, plaintext))
            .map_err(|_| SealError::Cryptography)?;
        Ok(Sealed { bytes, of: PhantomData })
    }

    /// Opens what [`KeyRing::seal`] made, with any key of the ring.
    ///
    /// # Errors
    /// It does not open, and why.
    pub fn open<T: Sealable>(
        &self,
        label: Label,
        associated_data: &[u8],
        sealed: &Sealed<T>,
    ) -> Result<Secret<T>, UnsealError> {
        let parts = Parts::of(&sealed.bytes).ok_or(UnsealError::Broken)?;
        let key = self.find(parts.key_id).ok_or(UnsealError::UnknownKey(parts.key_id))?;
        let mut plaintext = key
            .cipher(label.text(), &parts.salt)
            .and_then(|cipher| {
                decrypt(&cipher, parts.nonce, parts.header, associated_data, parts.ciphertext)
            })
            .map_err(|_| UnsealError::Broken)?;
        T::from_bytes(std::mem::take(&mut *plaintext)).map(Secret::new).ok_or(UnsealError::Broken)
    }
}

struct Parts<'a> {
    header: &'a [u8],
    key_id: KeyId,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
    ciphertext: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let (header, ciphertext) = bytes.split_at_checked(HEADER_BYTES)?;
        let rest = header.strip_prefix(&[FORMAT])?;
        let (key_id, rest) = rest.split_first_chunk()?;
        let (salt, rest) = rest.split_first_chunk()?;
        let nonce = <[u8; NONCE_BYTES]>::try_from(rest).ok()?;
        Some(Self { header, key_id: KeyId(*key_id), salt: *salt, nonce, ciphertext })
    }
}

impl<T> Sealed<T> {
    /// The ring key it was sealed with, if it has the form of something sealed: what is not under
    /// the primary key is sealed anew before its key is dropped.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        Parts::of(&self.bytes).map(|parts| parts.key_id)
    }
}

impl<T> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Self { bytes: self.bytes.clone(), of: PhantomData }
    }
}

impl<T> PartialEq for Sealed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T> Eq for Sealed<T> {}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

impl<T> fmt::Display for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(&self.bytes))
    }
}

impl<T> FromStr for Sealed<T> {
    type Err = UnsealError;

    /// Takes any base64 of a length that can be; whether it opens is seen when it is opened.
    fn from_str(text: &str) -> Result<Self, UnsealError> {
        if text.len() > SEALED_BYTES_MAX / 3 * 4 + 4 {
            return Err(UnsealError::Broken);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| UnsealError::Broken)?;
        Ok(Self { bytes, of: PhantomData })
    }
}

impl<T> Serialize for Sealed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T> Deserialize<'de> for Sealed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
