use std::sync::Arc;

use directory::{MessageMedium, Outbox, OutboxKey, OutboxMessage, OutboxMessageKey, Owner, Record};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use session::Label;
use wire::cloakroom::{ListMessagesRequest, ListMessagesResponse, Medium, Message};

use crate::{Messages, error::MessagesError};

/// How many messages a page has, unless somebody asks for fewer.
const PAGE: u64 = 100;

/// Shows what was handed over to be sent. Whoever may read it can confirm and take over every user who
/// is written to.
pub(crate) struct ListMessages(pub(crate) Arc<Messages>);

impl Operation for ListMessages {
    type Wire = wire::cloakroom::ListMessages;
    type Error = MessagesError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, _: &ListMessagesRequest) -> Result<Vec<Need>, MessagesError> {
        Ok(vec![Need::new("cloakroom:ListMessages", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListMessagesResponse, MessagesError> {
        let owner = request.owner().ok_or(MessagesError::NoAccount)?;
        self.0.list_messages(&owner, &request.input).await
    }
}

impl Messages {
    pub(crate) async fn list_messages(
        &self,
        owner: &Owner,
        input: &ListMessagesRequest,
    ) -> Result<ListMessagesResponse, MessagesError> {
        let from: u64 = match &input.next_token {
            Some(token) => token.parse().map_err(|_| MessagesError::InvalidToken)?,
            None => 0,
        };
        let most = input.max_results.and_then(|most| u64::try_from(most).ok()).unwrap_or(PAGE);
        let head = self.directory.get::<Outbox>(&OutboxKey(owner.clone())).await?;
        let next = head.map_or(0, |head| head.record.next);
        let first = from.max(next.saturating_sub(OutboxMessageKey::PLACES));
        let end = next.min(first.saturating_add(most.min(PAGE)));
        let mut messages = Vec::new();
        for number in first..end {
            messages.extend(self.message(owner, number).await?);
        }
        let next_token = (end < next).then(|| end.to_string());
        Ok(ListMessagesResponse { messages, next_token })
    }

    /// The message of this number, unless a newer one took its place meanwhile.
    async fn message(&self, owner: &Owner, number: u64) -> Result<Option<Message>, MessagesError> {
        let key = OutboxMessageKey::of(owner, number);
        let found = self.directory.get::<OutboxMessage>(&key).await?;
        let Some(found) = found.filter(|found| found.record.number == number) else {
            return Ok(None);
        };
        let message = found.record;
        let place = OutboxMessage::associated_data(&key);
        Ok(Some(Message {
            message_id: message.id,
            medium: match message.medium {
                MessageMedium::Email => Medium::Email,
                MessageMedium::Sms => Medium::Sms,
            },
            to: message.to,
            subject: message.subject,
            body: self.ring.open(Label::SecretAtRest, &place, &message.body)?,
            source_arn: message.source_arn,
            sent: message.sent,
        }))
    }
}
