//! Passwords as they are kept: argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD};
use directory::Password;
use subtle::ConstantTimeEq;
use types::{Entropy, SecretString, Timestamp};

// OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// Why a password could not be hashed: what is stored about it is damaged, or memory ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password could not be hashed")]
pub(crate) struct HashError;

/// The password as it is kept. Takes some 20 ms of CPU and 19 MiB.
pub(crate) fn hash(
    password: &SecretString,
    set: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Password, HashError> {
    let salt = entropy.bytes::<SALT_BYTES>();
    let hash = digest(password, &salt, (MEMORY_KIB, PASSES, LANES))?;
    Ok(Password {
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        lanes: LANES,
        salt: STANDARD.encode(salt),
        hash: STANDARD.encode(hash),
        set,
    })
}

/// Whether it is this password. Takes as long as [`hash`].
pub(crate) fn is(password: &SecretString, kept: &Password) -> Result<bool, HashError> {
    let salt = STANDARD.decode(&kept.salt).map_err(|_| HashError)?;
    let expected = STANDARD.decode(&kept.hash).map_err(|_| HashError)?;
    let hash = digest(password, &salt, (kept.memory_kib, kept.passes, kept.lanes))?;
    Ok(hash.ct_eq(&expected).into())
}

/// What nobody's password is: takes the place of one that does not exist, so that finding this out
/// takes as long.
pub(crate) fn nobodys() -> Password {
    Password {
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        lanes: LANES,
        salt: STANDARD.encode([0; SALT_BYTES]),
        hash: STANDARD.encode([0; HASH_BYTES]),
        set: Timestamp::UNIX_EPOCH,
    }
}

fn digest(
    password: &SecretString,
    salt: &[u8],
    (memory, passes, lanes): (u32, u32, u32),
) -> Result<[u8; HASH_BYTES], HashError> {
    #[cfg(test)]
    tests::count(password);
    let params = Params::new(memory, passes, lanes, Some(HASH_BYTES)).map_err(|_| HashError)?;
    let mut hash = [0; HASH_BYTES];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.expose().as_bytes(), salt, &mut hash)
        .map_err(|_| HashError)?;
    Ok(hash)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{
        collections::BTreeMap,
        sync::{Mutex, PoisonError},
    };

    use types::SeededEntropy;

    use super::*;

    /// How often each password was hashed. Tests that look have a password of their own.
    static HASHED: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

    pub(super) fn count(password: &SecretString) {
        let mut hashed = HASHED.lock().unwrap_or_else(PoisonError::into_inner);
        *hashed.entry(password.expose().clone()).or_default() += 1;
    }

    pub(crate) fn times_hashed(password: &str) -> usize {
        let hashed = HASHED.lock().unwrap_or_else(PoisonError::into_inner);
        hashed.get(password).copied().unwrap_or_default()
    }

    #[test]
    fn only_the_password_itself_is_the_password() {
        let entropy: &dyn Entropy = &SeededEntropy::new(1);
        let kept = hash(&"Correct1!".into(), Timestamp::UNIX_EPOCH, entropy).unwrap();
        assert_eq!(is(&"Correct1!".into(), &kept), Ok(true));
        for wrong in ["correct1!", "Correct1! ", "Correct1", ""] {
            assert_eq!(is(&wrong.into(), &kept), Ok(false), "{wrong:?}");
        }
        let again = hash(&"Correct1!".into(), Timestamp::UNIX_EPOCH, entropy).unwrap();
        assert_ne!(kept.hash, again.hash, "the salt is new each time");
        assert_eq!(is(&"Correct1!".into(), &nobodys()), Ok(false));
    }

    #[test]
    fn the_digest_is_argon2id_as_others_compute_it() {
        // From the reference implementation, by argon2-cffi:
        // hash_secret_raw(b"password", b"saltsaltsaltsalt", 2, 19456, 1, 32, Type.ID)
        let hash = digest(&"password".into(), b"saltsaltsaltsalt", (MEMORY_KIB, PASSES, LANES));
        assert_eq!(STANDARD.encode(hash.unwrap()), "T95q7S205tf9WI4HhYOZDIQmMMAbntacGXTIku0gXT8=");
    }

    #[test]
    fn what_is_damaged_is_nobodys_password() {
        for damaged in [
            Password { salt: "?".to_owned(), ..nobodys() },
            Password { hash: "?".to_owned(), ..nobodys() },
            Password { memory_kib: 0, ..nobodys() },
            Password { passes: 0, ..nobodys() },
        ] {
            assert_eq!(is(&"x".into(), &damaged), Err(HashError));
        }
        let short = Password { hash: String::new(), ..nobodys() };
        assert_eq!(is(&"x".into(), &short), Ok(false));
    }
}
