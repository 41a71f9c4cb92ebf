use std::sync::Arc;

use directory::{
    Change, MessageMedium, Outbox, OutboxKey, OutboxMessage, OutboxMessageKey, Owner, Record,
};
use gate::{Access, Authorized, Caller, Need, Operation, Principal};
use session::Label;
use types::Uuid;
use wire::cloakroom::{Medium, SendMessageRequest, SendMessageResponse};

use crate::{Messages, error::MessagesError};

/// The longest address (model of Cognito: `AttributeValueType`).
const TO_CHARACTERS_MAX: usize = 2048;
/// The longest subject and text, with a name and a code in them (model of Cognito:
/// `EmailVerificationSubjectType`, `EmailVerificationMessageType`).
const SUBJECT_CHARACTERS_MAX: usize = 512;
const BODY_CHARACTERS_MAX: usize = 24_000;

/// Takes a message into the outbox of the account whose resource it is sent for.
pub(crate) struct SendMessage(pub(crate) Arc<Messages>);

impl Operation for SendMessage {
    type Wire = wire::cloakroom::SendMessage;
    type Error = MessagesError;

    const ACCESS: Access = Access::Service;

    fn needs(&self, _: &Caller, _: &SendMessageRequest) -> Result<Vec<Need>, MessagesError> {
        // It goes into the service's own account, and tells the service nothing.
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<SendMessageResponse, MessagesError> {
        let owner = request.owner().ok_or(MessagesError::NoAccount)?;
        let Principal::Service(service) = &request.caller().principal else {
            return Err(MessagesError::NoService);
        };
        let source_arn = service.source_arn.to_string();
        let message_id = self.0.send_message(&owner, source_arn, &request.input).await?;
        Ok(SendMessageResponse { message_id })
    }
}

impl Messages {
    pub(crate) async fn send_message(
        &self,
        owner: &Owner,
        source_arn: String,
        input: &SendMessageRequest,
    ) -> Result<Uuid, MessagesError> {
        let subject = input.subject.as_deref().unwrap_or_default();
        for (name, text, most) in [
            ("To", input.to.as_str(), TO_CHARACTERS_MAX),
            ("Subject", subject, SUBJECT_CHARACTERS_MAX),
            ("Body", input.body.expose().as_str(), BODY_CHARACTERS_MAX),
        ] {
            if text.chars().count() > most {
                return Err(MessagesError::TooLong(name));
            }
        }
        let (id, source_arn) = (Uuid::random(&*self.entropy), &source_arn);
        let head_key = &OutboxKey(owner.clone());
        self.directory
            .retry(|| async move {
                let head = self.directory.get::<Outbox>(head_key).await?;
                let number = head.as_ref().map_or(0, |head| head.record.next);
                let key = OutboxMessageKey::of(owner, number);
                let place = OutboxMessage::associated_data(&key);
                let message = OutboxMessage {
                    number,
                    id,
                    medium: match input.medium {
                        Medium::Email => MessageMedium::Email,
                        Medium::Sms => MessageMedium::Sms,
                    },
                    to: input.to.clone(),
                    subject: input.subject.clone(),
                    body: self.ring.seal(
                        Label::SecretAtRest,
                        &place,
                        &input.body,
                        &*self.entropy,
                    )?,
                    source_arn: source_arn.clone(),
                    sent: self.clock.now(),
                };
                let mut change = Change::new();
                let next = Outbox { next: number.saturating_add(1) };
                match &head {
                    Some(head) => change.replace(head_key, head, &next),
                    None => change.create(head_key, &next),
                }
                match self.directory.get::<OutboxMessage>(&key).await? {
                    Some(oldest) => change.replace(&key, &oldest, &message),
                    None => change.create(&key, &message),
                }
                Ok((change, id))
            })
            .await
    }
}
