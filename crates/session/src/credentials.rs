use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use types::{AccessKeyId, Entropy, SecretString, SignedDuration, Timestamp};
use zeroize::Zeroizing;

use crate::{
    KeyId, KeyRing, Session, codec,
    key::{KEY_ID_BYTES, NONCE_BYTES, RingKey, decrypt, encrypt},
};

/// The longest session token: a session that does not fit is `PackedPolicyTooLarge`.
///
/// STS promises no length; what a request's headers have room for is the limit.
pub const SESSION_TOKEN_CHARACTERS_MAX: usize = 4096;

/// How many characters the session token of `session` has, or would have.
#[must_use]
pub fn session_token_characters(session: &Session) -> usize {
    (HEADER_BYTES + codec::encode(session).len() + TAG_BYTES).div_ceil(3) * 4
}

/// The first byte of a session token; another layout gets another number.
const FORMAT: u8 = 1;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES;
const TAG_BYTES: usize = 16;
/// 30 bytes are 40 base64 characters, as a secret access key has.
const SECRET_BYTES: usize = 30;
/// How far another node's clock may be ahead of ours.
const ISSUED_AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

const SESSION_TOKEN: &str = "session token";
const SESSION_SECRET: &str = "session secret";

/// Temporary credentials, as STS and identity pools hand them out.
pub struct SessionCredentials {
    /// `ASIA…`
    pub access_key_id: AccessKeyId,
    /// 40 characters of the base64 alphabet.
    pub secret_access_key: SecretString,
    /// Base64, at most [`SESSION_TOKEN_CHARACTERS_MAX`] characters. A bearer of it still lacks
    /// the secret, but it does not belong in a log.
    pub session_token: String,
    /// The first moment at which they are refused; a whole second.
    pub expiration: Timestamp,
}

/// Why something cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Session policies, tags and claims together do not fit into a session token. STS answers
    /// `PackedPolicyTooLarge`.
    #[error(
        "the session's policies, tags and claims need {characters} characters of a session token, which has at most {SESSION_TOKEN_CHARACTERS_MAX}"
    )]
    PackedPolicyTooLarge {
        /// What the token would have had.
        characters: usize,
    },
    /// A secret, cursor or state beyond 64 KiB.
    #[error("{bytes} bytes are too many to seal")]
    TooLong {
        /// Of the secret.
        bytes: usize,
    },
    /// The cryptographic library failed.
    #[error("the cryptographic library could not seal")]
    Cryptography,
}

/// Why a session token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is not one that this ring sealed for this access key id, or it was altered. Which of
    /// these is not told.
    #[error("the session token is not one that was given out with this access key id")]
    Broken,
    /// The session is over.
    #[error("the session ended at {expires}")]
    Expired {
        /// The first moment at which it was no longer accepted.
        expires: Timestamp,
    },
    /// The session begins more than 5 minutes from now: a clock of one of the nodes is wrong.
    #[error(
        "the session begins at {issued}, more than 5 minutes from now; compare the clocks of the nodes"
    )]
    NotYet {
        /// When it begins.
        issued: Timestamp,
    },
}

impl KeyRing {
    /// Gives out credentials for `session`, under a new access key id.
    ///
    /// The token opens only with that access key id, and the secret is not in it: it is derived
    /// from the ring key and the access key id whenever it is needed.
    ///
    /// # Errors
    /// [`SealError::PackedPolicyTooLarge`], [`SealError::Cryptography`].
    pub fn seal_session(
        &self,
        session: &Session,
        entropy: &dyn Entropy,
    ) -> Result<SessionCredentials, SealError> {
        let key = self.primary();
        let access_key_id = AccessKeyId::temporary(entropy);
        let context = access_key_id.as_str().as_bytes();
        let nonce = entropy.bytes::<NONCE_BYTES>();
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.push(FORMAT);
        header.extend_from_slice(&key.id().0);
        header.extend_from_slice(&nonce);
        let token = codec::encode(session);
        let sealed = key
            .cipher(SESSION_TOKEN, context)
            .and_then(|cipher| encrypt(&cipher, nonce, header, &[], &token))
            .map_err(|_| SealError::Cryptography)?;
        let session_token = STANDARD.encode(sealed);
        if session_token.len() > SESSION_TOKEN_CHARACTERS_MAX {
            return Err(SealError::PackedPolicyTooLarge { characters: session_token.len() });
        }
        Ok(SessionCredentials {
            secret_access_key: secret_of(key, &access_key_id).ok_or(SealError::Cryptography)?,
            access_key_id,
            session_token,
            expiration: codec::whole_seconds(session.expires),
        })
    }

    /// The session that was given out with `access_key_id`, and its secret access key, with which
    /// the request's signature is then to be checked.
    ///
    /// A session is accepted from its beginning (a beginning up to 5 minutes ahead of `now` is
    /// forgiven) to the moment before it expires.
    ///
    /// # Errors
    /// It does not open, is over, or has not begun.
    pub fn open_session(
        &self,
        access_key_id: &AccessKeyId,
        token: &str,
        now: Timestamp,
    ) -> Result<(Session, SecretString), OpenError> {
        let (session, secret) = self.open_token(access_key_id, token).ok_or(OpenError::Broken)?;
        if now >= session.expires {
            return Err(OpenError::Expired { expires: session.expires });
        }
        if session.issued.duration_since(now) > ISSUED_AHEAD_MAX {
            return Err(OpenError::NotYet { issued: session.issued });
        }
        Ok((session, secret))
    }

    fn open_token(
        &self,
        access_key_id: &AccessKeyId,
        token: &str,
    ) -> Option<(Session, SecretString)> {
        if token.len() > SESSION_TOKEN_CHARACTERS_MAX {
            return None;
        }
        let sealed = STANDARD.decode(token).ok()?;
        let (header, ciphertext) = sealed.split_at_checked(HEADER_BYTES)?;
        let (key_id, nonce) = header.strip_prefix(&[FORMAT])?.split_first_chunk()?;
        let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).ok()?;
        let key = self.find(KeyId(*key_id))?;
        let cipher = key.cipher(SESSION_TOKEN, access_key_id.as_str().as_bytes()).ok()?;
        let plaintext = decrypt(&cipher, nonce, header, &[], ciphertext).ok()?;
        Some((codec::decode(&plaintext)?, secret_of(key, access_key_id)?))
    }
}

fn secret_of(key: &RingKey, access_key_id: &AccessKeyId) -> Option<SecretString> {
    let bytes =
        key.derive::<SECRET_BYTES>(SESSION_SECRET, access_key_id.as_str().as_bytes()).ok()?;
    Some(SecretString::new(STANDARD.encode(Zeroizing::new(bytes))))
}

impl fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCredentials")
            .field("access_key_id", &self.access_key_id)
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}
