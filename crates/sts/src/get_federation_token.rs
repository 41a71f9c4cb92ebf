use gate::{Access, Authorized, Caller, Need, On, Operation, Principal, SessionRequest};
use types::Arn;
use wire::sts::{FederatedUser, GetFederationTokenRequest, GetFederationTokenResponse};

use crate::{
    error::SessionError,
    session_request::{check_name, credentials, packed_policy_size, policies, tags},
    user_duration,
};

/// [`GetFederationToken`](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html)
///
/// The session may do what the calling user may and the policies of the request allow too; without any,
/// only what a resource's policy lets the federated user do.
pub(crate) struct GetFederationToken;

impl Operation for GetFederationToken {
    type Wire = wire::sts::GetFederationToken;
    type Error = SessionError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &GetFederationTokenRequest,
    ) -> Result<Vec<Need>, SessionError> {
        let Principal::User(user) = &caller.principal else {
            let (operation, whom) = ("GetFederationToken", "users with a long-term access key");
            return Err(SessionError::NotForCaller { operation, whom });
        };
        if input.minimum_session_token_size.is_some_and(|size| size > 0) {
            return Err(SessionError::NotServed { member: "MinimumSessionTokenSize" });
        }
        check_name("name", &input.name, 2..=32)?;
        policies(input.policy.as_deref(), input.policy_arns.as_deref())?;
        let tags = tags(input.tags.as_deref())?;
        let resource = format!("federated-user/{}", input.name);
        let arn = Arn::new("sts", None, Some(&user.account), &resource);
        let need = |action| {
            let need = Need::new(action, On::Own(arn.clone())).with_request_tags(&tags);
            match input.duration_seconds {
                Some(seconds) => need.with("sts:durationseconds", seconds.to_string()),
                None => need,
            }
        };
        let mut needs = vec![need("sts:GetFederationToken")];
        if !tags.is_empty() {
            needs.push(need("sts:TagSession"));
        }
        Ok(needs)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetFederationTokenResponse, SessionError> {
        let input = &request.input;
        let seconds = user_duration::of(&request.caller().principal, input.duration_seconds)?;
        let wanted = SessionRequest {
            name: input.name.clone(),
            duration_seconds: seconds,
            policies: policies(input.policy.as_deref(), input.policy_arns.as_deref())?,
            tags: tags(input.tags.as_deref())?,
            ..SessionRequest::default()
        };
        let issued = request.issue_federated_session(wanted).await?;
        Ok(GetFederationTokenResponse {
            packed_policy_size: packed_policy_size(&issued),
            federated_user: Some(FederatedUser {
                arn: issued.arn.to_string(),
                federated_user_id: issued.user_id,
            }),
            credentials: Some(credentials(issued.credentials)),
            ..GetFederationTokenResponse::default()
        })
    }
}
