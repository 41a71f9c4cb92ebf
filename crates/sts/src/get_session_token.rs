use gate::{Access, Authorized, Caller, Need, Operation, Principal};
use wire::sts::{GetSessionTokenRequest, GetSessionTokenResponse};

use crate::{error::SessionError, session_request::credentials, user_duration};

/// [`GetSessionToken`](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html)
///
/// Needs no permission, and no policy can take it away (IAM User Guide, *Permissions for
/// `GetSessionToken`*). A session of root or a user may do what that one may; what it cannot be used for
/// at all is said by the gate.
pub(crate) struct GetSessionToken;

impl Operation for GetSessionToken {
    type Wire = wire::sts::GetSessionToken;
    type Error = SessionError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &GetSessionTokenRequest,
    ) -> Result<Vec<Need>, SessionError> {
        let unserved = [
            ("SerialNumber", input.serial_number.is_some()),
            ("TokenCode", input.token_code.is_some()),
            (
                "MinimumSessionTokenSize",
                input.minimum_session_token_size.is_some_and(|size| size > 0),
            ),
        ];
        if let Some((member, _)) = unserved.into_iter().find(|(_, given)| *given) {
            return Err(SessionError::NotServed { member });
        }
        match caller.principal {
            Principal::Root(_) | Principal::User(_) => Ok(Vec::new()),
            _ => Err(SessionError::NotForCaller {
                operation: "GetSessionToken",
                whom: "users and root with a long-term access key",
            }),
        }
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetSessionTokenResponse, SessionError> {
        let principal = &request.caller().principal;
        let seconds = user_duration::of(principal, request.input.duration_seconds)?;
        let issued = request.issue_own_session(seconds)?;
        Ok(GetSessionTokenResponse {
            credentials: Some(credentials(issued.credentials)),
            ..GetSessionTokenResponse::default()
        })
    }
}
