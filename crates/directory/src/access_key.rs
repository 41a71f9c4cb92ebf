use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{AccessKeyId, AccountId, Timestamp, UniqueId};

use crate::Record;

/// Whose access key an id is: an index entry of the user. The gate turns it into an
/// [`Owner`](crate::Owner). An id is never given out again, so this never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKeyOwner {
    /// The account.
    pub account: AccountId,
    /// The user.
    pub user: UniqueId,
}

impl Record for AccessKeyOwner {
    const SPACE: Space = Space::new("access_key_owner");
    const VERSION: u8 = 1;
    type Key = AccessKeyId;

    fn encode_key(key: &AccessKeyId) -> Key {
        Key::new().text(key.as_str())
    }
}

/// When an access key was last used, and for what. Apart from the user's record, which does not
/// change by this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKeyUse {
    /// When, to within some minutes.
    pub time: Timestamp,
    /// The service that was called, as signatures name it.
    pub service: String,
    /// The region that the request was signed for.
    pub region: String,
}

impl Record for AccessKeyUse {
    const SPACE: Space = Space::new("access_key_use");
    const VERSION: u8 = 1;
    type Key = AccessKeyId;

    fn encode_key(key: &AccessKeyId) -> Key {
        Key::new().text(key.as_str())
    }
}
