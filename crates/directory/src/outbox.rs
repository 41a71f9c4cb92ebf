use serde::{Deserialize, Serialize};
use session::Sealed;
use store::{Key, Space};
use types::{Timestamp, Uuid};

use crate::{Owner, Record};

/// How far an account's outbox has come in a region.
///
/// Messages lie in a fixed number of places, which are used in turn: what is bounded need not be
/// cleared up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbox {
    /// The number of the next message. They are counted from 0.
    pub next: u64,
}

/// What an outbox is found by.
#[derive(Debug, Clone)]
pub struct OutboxKey(pub Owner);

impl Record for Outbox {
    const SPACE: Space = Space::new("outbox");
    const VERSION: u8 = 1;
    type Key = OutboxKey;

    fn encode_key(OutboxKey(owner): &OutboxKey) -> Key {
        owner.regional_key()
    }
}

/// A mail or text message that was handed over to be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxMessage {
    /// Which message of the outbox it is.
    pub number: u64,
    /// Its id.
    pub id: Uuid,
    /// How it goes out.
    pub medium: MessageMedium,
    /// To which address or telephone number.
    pub to: String,
    /// The subject of a mail.
    pub subject: Option<String>,
    /// The text, in which there may be a code or a password; the associated data is this record's key.
    pub body: Sealed<String>,
    /// The ARN of what it is sent for.
    pub source_arn: String,
    /// When it was handed over.
    pub sent: Timestamp,
}

/// How a message goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageMedium {
    /// As a mail.
    Email,
    /// As a text message.
    Sms,
}

/// What a message is found by.
#[derive(Debug, Clone)]
pub struct OutboxMessageKey {
    /// The account and region.
    pub owner: Owner,
    /// Its place.
    pub place: u64,
}

impl OutboxMessageKey {
    /// How many messages an outbox holds.
    pub const PLACES: u64 = 1000;

    /// The key of the message of this number.
    #[must_use]
    pub fn of(owner: &Owner, number: u64) -> Self {
        Self { owner: owner.clone(), place: number % Self::PLACES }
    }
}

impl Record for OutboxMessage {
    const SPACE: Space = Space::new("outbox_message");
    const VERSION: u8 = 1;
    type Key = OutboxMessageKey;

    fn encode_key(key: &OutboxMessageKey) -> Key {
        key.owner.regional_key().u64(key.place)
    }
}
