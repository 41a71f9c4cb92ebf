//! Mail and text messages going out. They go no further than an outbox, where whoever may reads them:
//! `cloakroom outbox`.
//!
//! An outbox is of one account in one region, and bounded: the newest 1,000 messages. Their texts, in
//! which there are codes and passwords, are sealed.
//!
//! Deliberately absent: what a message says, and why.

mod error;
mod list_messages;
mod send_message;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use directory::Directory;
use gate::Registry;
use session::KeyRing;
use types::{Clock, Entropy};

/// The service.
pub struct Messages {
    /// Typed records.
    pub directory: Directory,
    /// What texts are sealed with.
    pub ring: Arc<KeyRing>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
}

/// Adds the service's operations.
pub fn register(messages: &Arc<Messages>, registry: &mut Registry) {
    registry.add(list_messages::ListMessages(messages.clone()));
    registry.add(send_message::SendMessage(messages.clone()));
}
