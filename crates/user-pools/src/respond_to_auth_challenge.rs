use std::{collections::BTreeMap, sync::Arc};

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{RespondToAuthChallengeRequest, RespondToAuthChallengeResponse};

use crate::{UserPools, error::UserPoolsError, names::check_word, sign_in::Outcome};

/// [`RespondToAuthChallenge`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html)
pub(crate) struct RespondToAuthChallenge(pub(crate) Arc<UserPools>);

impl Operation for RespondToAuthChallenge {
    type Wire = wire::cognito_idp::RespondToAuthChallenge;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(
        &self,
        _: &Caller,
        input: &RespondToAuthChallengeRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        mut request: Authorized<Self::Wire>,
    ) -> Result<RespondToAuthChallengeResponse, UserPoolsError> {
        let client_id = request.input.client_id.expose().clone();
        let pool = self.0.pool_of_client(&request, &client_id).await?;
        let responses = request.input.challenge_responses.take().unwrap_or_default();
        let attempt = self.0.attempt(pool, &client_id, responses).await?;
        let input = &request.input;
        let session = input.session.as_ref();
        Ok(match self.0.respond(&attempt, input.challenge_name, session).await? {
            Outcome::SignedIn(result) => RespondToAuthChallengeResponse {
                authentication_result: Some(result),
                challenge_parameters: Some(BTreeMap::new()),
                ..RespondToAuthChallengeResponse::default()
            },
            Outcome::Challenge { name, session, parameters } => RespondToAuthChallengeResponse {
                challenge_name: Some(name),
                challenge_parameters: Some(parameters),
                session,
                ..RespondToAuthChallengeResponse::default()
            },
        })
    }
}
