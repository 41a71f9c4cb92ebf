use std::{collections::BTreeMap, sync::Arc};

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminRespondToAuthChallengeRequest, AdminRespondToAuthChallengeResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    names::check_word,
    pools::{on_pool, pool_key},
    sign_in::Outcome,
};

/// [`AdminRespondToAuthChallenge`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRespondToAuthChallenge.html)
pub(crate) struct AdminRespondToAuthChallenge(pub(crate) Arc<UserPools>);

impl Operation for AdminRespondToAuthChallenge {
    type Wire = wire::cognito_idp::AdminRespondToAuthChallenge;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminRespondToAuthChallengeRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        on_pool("cognito-idp:AdminRespondToAuthChallenge", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        mut request: Authorized<Self::Wire>,
    ) -> Result<AdminRespondToAuthChallengeResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let responses = request.input.challenge_responses.take().unwrap_or_default();
        let input = &request.input;
        let attempt = self.0.attempt(pool, input.client_id.expose(), responses).await?;
        let session = input.session.as_ref();
        Ok(match self.0.respond(&attempt, input.challenge_name, session).await? {
            Outcome::SignedIn(result) => AdminRespondToAuthChallengeResponse {
                authentication_result: Some(result),
                challenge_parameters: Some(BTreeMap::new()),
                ..AdminRespondToAuthChallengeResponse::default()
            },
            Outcome::Challenge { name, session, parameters } => {
                AdminRespondToAuthChallengeResponse {
                    challenge_name: Some(name),
                    challenge_parameters: Some(parameters),
                    session,
                    ..AdminRespondToAuthChallengeResponse::default()
                }
            }
        })
    }
}
