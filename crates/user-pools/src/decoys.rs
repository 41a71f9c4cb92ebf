//! What is said of users who do not exist, where a client hides who does.
//!
//! It follows from the name and a secret of the pool, so that asking twice gives the same answer, as it
//! does for a user. Source: Amazon Cognito Developer Guide, *Managing user existence error responses*.

use std::sync::atomic::{AtomicU32, Ordering};

use directory::{Change, DecoySecret, DecoySecretKey, Record, UserPoolKey};
use hmac::{Hmac, KeyInit, Mac};
use session::Label;
use sha2::Sha256;
use types::{Entropy, SecretBytes};

use crate::{UserPools, error::UserPoolsError};

/// What a pool makes up about those who do not exist.
pub(crate) struct Decoys(SecretBytes);

impl Decoys {
    /// What is made up in this respect about somebody of this name, as the pool compares names.
    pub(crate) fn of(&self, respect: &str, name: &str) -> Result<Decoy, UserPoolsError> {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.expose());
        let mut mac = mac.map_err(|_| UserPoolsError::NoDecoy)?;
        // No respect has a zero in it, and what follows a name has one length: nothing runs into
        // something else.
        mac.update(respect.as_bytes());
        mac.update(&[0]);
        mac.update(name.as_bytes());
        Ok(Decoy { mac, block: AtomicU32::new(0) })
    }
}

/// Bytes that seem random, and follow from a name.
pub(crate) struct Decoy {
    mac: Hmac<Sha256>,
    block: AtomicU32,
}

impl Entropy for Decoy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let block = self.block.fetch_add(1, Ordering::Relaxed);
            let bytes = self.mac.clone().chain_update(block.to_be_bytes()).finalize().into_bytes();
            for (to, from) in chunk.iter_mut().zip(bytes) {
                *to = from;
            }
        }
    }
}

impl UserPools {
    /// What the pool makes up about those who do not exist.
    pub(crate) async fn decoys(&self, pool: &UserPoolKey) -> Result<Decoys, UserPoolsError> {
        let key = &DecoySecretKey(pool.clone());
        let place = &DecoySecret::associated_data(key);
        self.directory
            .retry(|| async move {
                if let Some(found) = self.directory.get::<DecoySecret>(key).await? {
                    let secret =
                        self.ring.open(Label::SecretAtRest, place, &found.record.secret)?;
                    return Ok((Change::new(), Decoys(secret)));
                }
                let secret = SecretBytes::new(self.entropy.bytes::<32>().to_vec());
                let sealed = self.ring.seal(Label::SecretAtRest, place, &secret, &*self.entropy)?;
                let mut change = Change::new();
                // Only while there is such a pool.
                change.require_unchanged(&self.pool(pool).await?);
                change.create(key, &DecoySecret { secret: sealed });
                Ok((change, Decoys(secret)))
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoy_is_the_same_each_time_and_another_for_each_name_and_pool() {
        let of = |secret: &[u8], respect: &str, name: &str| -> [u8; 100] {
            let decoys = Decoys(SecretBytes::new(secret.to_vec()));
            let decoy = decoys.of(respect, name).unwrap();
            let mut bytes = [0; 100];
            decoy.fill(&mut bytes);
            bytes
        };
        let ann = of(b"secret", "sub", "ann");
        assert_eq!(of(b"secret", "sub", "ann"), ann);
        assert_ne!(of(b"secret", "sub", "bob"), ann);
        assert_ne!(of(b"secret", "suba", "nn"), ann);
        assert_ne!(of(b"another", "sub", "ann"), ann);
        assert_ne!(ann[..32], ann[32..64]);
    }
}
