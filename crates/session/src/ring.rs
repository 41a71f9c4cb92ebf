use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use types::{Entropy, SecretString};
use zeroize::Zeroizing;

use crate::key::{KEY_BYTES, KeyId, RingKey};

/// Retired keys a ring can hold.
pub const RETIRED_KEYS_MAX: usize = 64;

const FIRST_LINE: &str = "cloakroom-key-ring 1";

/// The keys everything is sealed with.
///
/// A node seals with `primary` and opens with any member. A new key is `next` on every node before
/// it becomes `primary`, so that no node ever meets a key it does not have; `retired` keys open
/// what is still about. Changing a ring makes another one, so that the caller can first make it
/// durable and then use it.
///
/// Its text form has a line for the format and one for each member:
///
/// ```text
/// cloakroom-key-ring 1
/// next 0f8fad5bd9cb469f 3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
/// primary …
/// retired …
/// ```
///
/// Blank lines and lines that begin with `#` are skipped; members may come in any order, but
/// retired ones are kept newest first.
#[derive(Clone)]
pub struct KeyRing {
    next: RingKey,
    primary: RingKey,
    /// Newest first.
    retired: Vec<RingKey>,
}

/// Why a key ring cannot be read, or not be changed as asked. Never shows a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// The text does not begin as a key ring does.
    #[error("the key ring does not begin with the line {FIRST_LINE:?}")]
    Format,
    /// A line that is neither blank, nor a comment, nor a member.
    #[error(
        "line {line} of the key ring is not a member (next, primary or retired, the key's id and the key, with one space between them)"
    )]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// A line's id is not that of its key: one of them was altered.
    #[error("line {line} of the key ring: the key's id is not {id}; restore the file from a copy")]
    Altered {
        /// Counted from 1.
        line: usize,
        /// The id as written.
        id: KeyId,
    },
    /// A second `next` or `primary`, or a key that is in the ring already.
    #[error("line {line} of the key ring repeats a role or a key that an earlier line has")]
    Repeated {
        /// Counted from 1.
        line: usize,
    },
    /// A ring without a `next` or a `primary` member.
    #[error("the key ring has no {0:?} member")]
    Missing(&'static str),
    /// More retired keys than a ring holds.
    #[error(
        "a key ring holds at most {RETIRED_KEYS_MAX} retired keys; drop those that nothing is sealed with any more"
    )]
    TooManyRetired,
    /// The key to drop is in use, or unknown.
    #[error("{0} is not a retired key of this ring")]
    NotRetired(KeyId),
    /// The cryptographic library failed.
    #[error("the cryptographic library could not derive a key")]
    Cryptography,
}

impl KeyRing {
    /// A new ring with a `next` and a `primary` key.
    ///
    /// # Errors
    /// [`RingError::Cryptography`].
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, RingError> {
        let generate = || RingKey::generate(entropy).map_err(|_| RingError::Cryptography);
        Ok(Self { next: generate()?, primary: generate()?, retired: Vec::new() })
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// What is wrong with it, with the number of the line; never its content.
    pub fn parse(text: &str) -> Result<Self, RingError> {
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        if lines.next().is_none_or(|(_, line)| line != FIRST_LINE) {
            return Err(RingError::Format);
        }
        let (mut next, mut primary, mut retired) = (None, None, Vec::<RingKey>::new());
        for (line, text) in lines {
            let (role, key) = parse_member(line, text)?;
            let mut members = next.iter().chain(&primary).chain(&retired);
            if members.any(|member: &RingKey| member.id() == key.id()) {
                return Err(RingError::Repeated { line });
            }
            match role {
                "next" if next.is_none() => next = Some(key),
                "primary" if primary.is_none() => primary = Some(key),
                "next" | "primary" => return Err(RingError::Repeated { line }),
                "retired" if retired.len() < RETIRED_KEYS_MAX => retired.push(key),
                "retired" => return Err(RingError::TooManyRetired),
                _ => return Err(RingError::Line { line }),
            }
        }
        Ok(Self {
            next: next.ok_or(RingError::Missing("next"))?,
            primary: primary.ok_or(RingError::Missing("primary"))?,
            retired,
        })
    }

    /// The text form, to be kept where only the server can read it (mode 0600).
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        // Written into a buffer of the final size: one that grows would leave copies of keys.
        let mut text = String::with_capacity((self.retired.len() + 3) * 80);
        text.push_str(FIRST_LINE);
        text.push('\n');
        let retired = self.retired.iter().map(|key| ("retired", key));
        for (role, key) in
            [("next", &self.next), ("primary", &self.primary)].into_iter().chain(retired)
        {
            let encoded = Zeroizing::new(STANDARD.encode(key.bytes().expose()));
            for part in [role, " ", &key.id().to_string(), " ", &encoded, "\n"] {
                text.push_str(part);
            }
        }
        SecretString::new(text)
    }

    /// The ring with `next` as `primary`, `primary` as the newest of `retired`, and a new `next`.
    ///
    /// With several nodes, rotate in one place and bring the ring to every node each time: what
    /// one node seals, another opens only if it has the key.
    ///
    /// # Errors
    /// [`RingError::TooManyRetired`], [`RingError::Cryptography`].
    pub fn rotate(&self, entropy: &dyn Entropy) -> Result<Self, RingError> {
        if self.retired.len() >= RETIRED_KEYS_MAX {
            return Err(RingError::TooManyRetired);
        }
        let next = RingKey::generate(entropy).map_err(|_| RingError::Cryptography)?;
        let retired = std::iter::once(&self.primary).chain(&self.retired).cloned().collect();
        Ok(Self { next, primary: self.next.clone(), retired })
    }

    /// The ring without one of its retired keys: what is sealed with it can never be opened again.
    ///
    /// # Errors
    /// [`RingError::NotRetired`].
    pub fn drop_retired(&self, id: KeyId) -> Result<Self, RingError> {
        if !self.retired.iter().any(|key| key.id() == id) {
            return Err(RingError::NotRetired(id));
        }
        let retired = self.retired.iter().filter(|key| key.id() != id).cloned().collect();
        Ok(Self { next: self.next.clone(), primary: self.primary.clone(), retired })
    }

    /// The key that will seal after the next rotation.
    #[must_use]
    pub fn next_id(&self) -> KeyId {
        self.next.id()
    }

    /// The key that seals.
    #[must_use]
    pub fn primary_id(&self) -> KeyId {
        self.primary.id()
    }

    /// The keys that only open, newest first.
    pub fn retired_ids(&self) -> impl Iterator<Item = KeyId> {
        self.retired.iter().map(RingKey::id)
    }

    pub(crate) fn primary(&self) -> &RingKey {
        &self.primary
    }

    pub(crate) fn find(&self, id: KeyId) -> Option<&RingKey> {
        [&self.primary, &self.next].into_iter().chain(&self.retired).find(|key| key.id() == id)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("next", &self.next.id())
            .field("primary", &self.primary.id())
            .field("retired", &self.retired_ids().collect::<Vec<_>>())
            .finish()
    }
}

fn parse_member(line: usize, text: &str) -> Result<(&str, RingKey), RingError> {
    let wrong = || RingError::Line { line };
    let (role, rest) = text.split_once(' ').ok_or_else(wrong)?;
    let (id, encoded) = rest.split_once(' ').ok_or_else(wrong)?;
    let id: KeyId = id.parse().map_err(|_| wrong())?;
    let decoded = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| wrong())?);
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    if decoded.len() != KEY_BYTES {
        return Err(wrong());
    }
    bytes.copy_from_slice(&decoded);
    let key = RingKey::new(&bytes).map_err(|_| RingError::Cryptography)?;
    if key.id() == id { Ok((role, key)) } else { Err(RingError::Altered { line, id }) }
}
