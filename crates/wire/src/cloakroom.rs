//! Cloakroom's own service, for what AWS has no operation for: awsJson like its neighbours, signed and
//! decided like all others.
//!
//! Mail and text messages that services would send lie in an outbox. [`ListMessages`] reads it;
//! [`SendMessage`] puts something into it, and is called by services alone.

use types::{RequestId, SecretString, Timestamp, Uuid};

use crate::{
    Fault, Operation, OperationId, Refusal, RequestParts, Response,
    read::{self, Members, Read, Reading, Source, Wrong},
    schema::{Place, Schema, text_enum},
    write::{self, Sink, Write},
};

/// Shows the messages of the caller's account and region, the oldest first.
#[derive(Debug, Clone, Copy)]
pub struct ListMessages;

/// Hands over a message that is to be sent. Only services call it.
#[derive(Debug, Clone, Copy)]
pub struct SendMessage;

text_enum! {
    /// How a message reaches somebody.
    Medium {
        Email = "EMAIL",
        Sms = "SMS",
    }
}

/// What [`ListMessages`] is asked.
#[derive(Debug, Clone, Default)]
pub struct ListMessagesRequest {
    /// At most so many messages: 1 to 100.
    pub max_results: Option<i32>,
    /// Where the page before ended.
    pub next_token: Option<String>,
}

/// What [`ListMessages`] answers.
#[derive(Debug, Clone, Default)]
pub struct ListMessagesResponse {
    /// The messages.
    pub messages: Vec<Message>,
    /// Where this page ended, if there are more.
    pub next_token: Option<String>,
}

/// A message that was handed over.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id.
    pub message_id: Uuid,
    /// How it would go out.
    pub medium: Medium,
    /// To which address or telephone number.
    pub to: String,
    /// The subject of a mail.
    pub subject: Option<String>,
    /// The text.
    pub body: SecretString,
    /// The ARN of the resource that it is sent for, such as a user pool.
    pub source_arn: String,
    /// When it was handed over.
    pub sent: Timestamp,
}

/// What [`SendMessage`] is given.
#[derive(Debug, Clone)]
pub struct SendMessageRequest {
    /// How it goes out.
    pub medium: Medium,
    /// To which address or telephone number.
    pub to: String,
    /// The subject of a mail.
    pub subject: Option<String>,
    /// The text.
    pub body: SecretString,
}

/// What [`SendMessage`] answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendMessageResponse {
    /// The message's id.
    pub message_id: Uuid,
}

static PAGE_SIZE: Schema = Schema { range: Some((1, 100)), ..Schema::PLAIN };
static TOKEN: Schema = Schema { length: Some((1, 100)), ..Schema::PLAIN };
static BODY: Schema = Schema { sensitive: true, ..Schema::PLAIN };

impl Read for ListMessagesRequest {
    fn read(source: Source<'_>, _: &'static Schema, reading: &mut Reading) -> Result<Self, Wrong> {
        let mut members = Members::of(source, reading)?;
        let max_results = members.optional(Place::Body("MaxResults"), &PAGE_SIZE);
        let next_token = members.optional(Place::Body("NextToken"), &TOKEN);
        Ok(Self { max_results: max_results?, next_token: next_token? })
    }
}

impl Write for ListMessagesResponse {
    fn write(&self, to: &mut Sink, _: &'static Schema) {
        to.structure(|to| {
            to.member(Place::Body("Messages"), &self.messages, &Schema::PLAIN);
            to.optional(Place::Body("NextToken"), self.next_token.as_ref(), &TOKEN);
        });
    }
}

impl Write for Message {
    fn write(&self, to: &mut Sink, _: &'static Schema) {
        to.structure(|to| {
            let plain = &Schema::PLAIN;
            to.member(Place::Body("MessageId"), &self.message_id.to_string(), plain);
            to.member(Place::Body("Medium"), &self.medium, plain);
            to.member(Place::Body("To"), &self.to, plain);
            to.optional(Place::Body("Subject"), self.subject.as_ref(), plain);
            to.member(Place::Body("Body"), &self.body, &BODY);
            to.member(Place::Body("SourceArn"), &self.source_arn, plain);
            to.member(Place::Body("Sent"), &self.sent, plain);
        });
    }
}

impl Operation for ListMessages {
    type Input = ListMessagesRequest;
    type Output = ListMessagesResponse;
    const ID: OperationId = OperationId::CloakroomListMessages;

    fn read(_: &RequestParts<'_>, body: &[u8]) -> Result<ListMessagesRequest, Fault> {
        read::json(Self::ID.service(), body)
    }

    fn write(output: ListMessagesResponse, request_id: &RequestId) -> Response {
        write::json(Self::ID.service(), &output, request_id)
    }
}

impl Operation for SendMessage {
    type Input = SendMessageRequest;
    type Output = SendMessageResponse;
    const ID: OperationId = OperationId::CloakroomSendMessage;

    fn read(_: &RequestParts<'_>, _: &[u8]) -> Result<SendMessageRequest, Fault> {
        Err(Refusal::UnknownOperation
            .fault(Self::ID.service(), "Only services call this operation"))
    }

    fn write(_: SendMessageResponse, _: &RequestId) -> Response {
        Response::default()
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;
    use crate::Service;

    fn read(body: &[u8]) -> Result<ListMessagesRequest, Fault> {
        ListMessages::read(&parts(&HeaderMap::new()), body)
    }

    fn parts(headers: &HeaderMap) -> RequestParts<'_> {
        RequestParts {
            method: &Method::POST,
            path: "/",
            bucket_in_host: None,
            query: Vec::new(),
            headers,
        }
    }

    #[test]
    fn only_reading_is_asked_for_by_requests() {
        let identified = |operation: &str| {
            let mut headers = HeaderMap::new();
            let target = HeaderValue::from_str(&format!("Cloakroom.{operation}")).unwrap();
            headers.insert("x-amz-target", target);
            crate::identify(Service::Cloakroom, &parts(&headers), b"{}")
        };
        assert_eq!(identified("ListMessages"), Ok(OperationId::CloakroomListMessages));
        let refused = identified("SendMessage").unwrap_err();
        assert_eq!(refused.code(), "UnknownOperationException");
        let refused = SendMessage::read(&parts(&HeaderMap::new()), b"{}").unwrap_err();
        assert_eq!(refused.code(), "UnknownOperationException");
    }

    #[test]
    fn a_page_is_asked_for_and_given_in_json() {
        let input = read(br#"{"MaxResults": 2, "NextToken": "7"}"#).unwrap();
        assert_eq!((input.max_results, input.next_token.as_deref()), (Some(2), Some("7")));
        assert!(read(b"{}").unwrap().max_results.is_none());
        for bad in
            [&br#"{"MaxResults": 0}"#[..], br#"{"MaxResults": 101}"#, br#"{"NextToken": ""}"#]
        {
            assert_eq!(read(bad).unwrap_err().code(), "InvalidParameterException");
        }
        let id = "0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap();
        let message = Message {
            message_id: id,
            medium: Medium::Email,
            to: "ann@example.com".to_owned(),
            subject: None,
            body: "It is 123456.".into(),
            source_arn: "arn:aws:cognito-idp:us-east-1:123456789012:userpool/x".to_owned(),
            sent: Timestamp::from_second(1_700_000_000).unwrap(),
        };
        let output = ListMessagesResponse { messages: vec![message], next_token: None };
        let response = ListMessages::write(output, &id);
        let crate::Body::Bytes(body) = response.body() else { panic!("{response:?}") };
        let json: serde_json::Value = serde_json::from_slice(body).unwrap();
        let message = &json["Messages"][0];
        assert_eq!(message["MessageId"], id.to_string());
        assert_eq!(
            (&message["Medium"], &message["Body"]),
            (&"EMAIL".into(), &"It is 123456.".into())
        );
        assert_eq!(message["Sent"].as_f64(), Some(1_700_000_000.0));
        assert!(json.get("NextToken").is_none() && message.get("Subject").is_none());
    }
}
