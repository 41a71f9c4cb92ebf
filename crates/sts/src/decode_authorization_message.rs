use gate::{Access, Authorized, Caller, Need, On, Operation};
use types::RequestId;
use wire::{
    Fault, Refusal, Service,
    sts::{DecodeAuthorizationMessageRequest, DecodeAuthorizationMessageResponse, ErrorCode},
};

/// [`DecodeAuthorizationMessage`](https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html)
///
/// The message is the request id of a refusal; what is told is whatever the audit kept of it. A
/// refusal in which the caller's account had no part is as if it were not there.
pub(crate) struct DecodeAuthorizationMessage;

/// Why there is nothing to tell.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("Message is not valid: it is not the request id of a refusal of this account")]
    Unknown,
    #[error("The audit cannot be read. Try again.")]
    Audit(#[from] std::io::Error),
    #[error("the refusal cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        let message = error.to_string();
        match error {
            DecodeError::Unknown => {
                Self::new(ErrorCode::InvalidAuthorizationMessageException, message)
            }
            DecodeError::Audit(error) => {
                tracing::error!(%error, "the audit cannot be read");
                Refusal::Unavailable.fault(Service::Sts, message)
            }
            DecodeError::Json(_) => Refusal::Internal.fault(Service::Sts, message),
        }
    }
}

impl Operation for DecodeAuthorizationMessage {
    type Wire = wire::sts::DecodeAuthorizationMessage;
    type Error = DecodeError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        _: &DecodeAuthorizationMessageRequest,
    ) -> Result<Vec<Need>, DecodeError> {
        Ok(vec![Need::new("sts:DecodeAuthorizationMessage", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DecodeAuthorizationMessageResponse, DecodeError> {
        let message = request.input.encoded_message.trim();
        let id: RequestId = message.parse().map_err(|_| DecodeError::Unknown)?;
        let refused = request.refusal(id).await?.ok_or(DecodeError::Unknown)?;
        let decoded_message = Some(serde_json::to_string(&refused)?);
        Ok(DecodeAuthorizationMessageResponse { decoded_message })
    }
}
