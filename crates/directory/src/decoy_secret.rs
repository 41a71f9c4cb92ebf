use serde::{Deserialize, Serialize};
use session::Sealed;
use store::{Key, Space};

use crate::{Record, UserPoolKey};

/// What a pool's answers about users who do not exist are made from, so that they are the same each
/// time and on each node, and tell nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecoySecret {
    /// 32 random bytes; the associated data is this record's key.
    pub secret: Sealed<Vec<u8>>,
}

/// What a pool's secret is found by.
#[derive(Debug, Clone)]
pub struct DecoySecretKey(pub UserPoolKey);

impl Record for DecoySecret {
    const SPACE: Space = Space::new("user_pool_decoy");
    const VERSION: u8 = 1;
    type Key = DecoySecretKey;

    fn encode_key(DecoySecretKey(pool): &DecoySecretKey) -> Key {
        pool.within()
    }
}
