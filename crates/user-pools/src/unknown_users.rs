//! Wrong sign-ins for names that no user has.
//!
//! Where a client hides who exists, they are counted and locked out as those of users are: else the
//! sixth attempt, or the time that writing the count takes, would tell. Anyone may try any number of
//! names, so each pool counts in a fixed number of places; which name lies where is known to this
//! process alone, so that nobody can push a name out by another one.

use base64::{Engine, engine::general_purpose::STANDARD};
use directory::{Change, UnknownUser, UnknownUserKey, UserPoolKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use types::{Entropy, SecretBytes};

use crate::{UserPools, challenges::Challenge, error::UserPoolsError, lockout};

/// How many names a pool counts at once.
const PLACES: u16 = 4096;

/// The key that names are hashed with, new in each process.
pub(crate) struct PlacesKey(SecretBytes);

impl PlacesKey {
    pub(crate) fn random(entropy: &dyn Entropy) -> Self {
        Self(SecretBytes::new(entropy.bytes::<32>().to_vec()))
    }

    /// The name's place, and what it is known by there.
    fn place(&self, pool: &UserPoolKey, name: &str) -> (UnknownUserKey, String) {
        // HMAC takes keys of any length, so there is always a hash.
        let hash = Hmac::<Sha256>::new_from_slice(self.0.expose()).map(|mut mac| {
            mac.update(name.as_bytes());
            mac.finalize().into_bytes()
        });
        let hash = hash.unwrap_or_default();
        let place = hash.first_chunk().map_or(0, |bytes| u16::from_be_bytes(*bytes) % PLACES);
        (UnknownUserKey { pool: pool.clone(), place }, STANDARD.encode(hash))
    }
}

impl UserPools {
    /// Whether a sign-in by this name is refused without looking at the password.
    pub(crate) async fn is_unknown_locked(
        &self,
        pool: &UserPoolKey,
        name: &str,
    ) -> Result<bool, UserPoolsError> {
        let (key, name) = self.places_key.place(pool, name);
        let found = self.directory.get::<UnknownUser>(&key).await?;
        let failures = found.filter(|one| one.record.name == name).map(|one| one.record.failures);
        Ok(lockout::is_locked(failures, self.clock.now()))
    }

    /// Counts one more failure, which was an answer to this challenge.
    pub(crate) async fn record_unknown_failure(
        &self,
        pool: &UserPoolKey,
        name: &str,
        challenge: Option<&Challenge>,
    ) -> Result<(), UserPoolsError> {
        let (key, name) = &self.places_key.place(pool, name);
        self.directory
            .retry(|| async move {
                let now = self.clock.now();
                let found = self.directory.get::<UnknownUser>(key).await?;
                let before = found.as_ref().map(|one| &one.record).filter(|one| one.name == *name);
                let before = before.map(|one| one.failures);
                if lockout::is_locked(before, now) {
                    return Err(UserPoolsError::AttemptsExceeded);
                }
                let failures = lockout::after_failure(before, now);
                let record = UnknownUser { place: key.place, name: name.clone(), failures };
                let mut change = Change::new();
                if let Some(challenge) = challenge {
                    self.claim(pool, challenge, &mut change).await?;
                }
                match &found {
                    Some(found) => change.replace(key, found, &record),
                    None => change.create(key, &record),
                }
                Ok((change, ()))
            })
            .await
    }
}
