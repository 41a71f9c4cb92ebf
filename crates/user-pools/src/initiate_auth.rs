use std::{collections::BTreeMap, sync::Arc};

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{InitiateAuthRequest, InitiateAuthResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    names::check_word,
    sign_in::{Outcome, Surface},
};

/// [`InitiateAuth`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html)
pub(crate) struct InitiateAuth(pub(crate) Arc<UserPools>);

impl Operation for InitiateAuth {
    type Wire = wire::cognito_idp::InitiateAuth;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, input: &InitiateAuthRequest) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<InitiateAuthResponse, UserPoolsError> {
        let client_id = request.input.client_id.expose().clone();
        let pool = self.0.pool_of_client(&request, &client_id).await?;
        let InitiateAuthRequest { auth_flow, auth_parameters, .. } = request.input;
        let parameters = auth_parameters.unwrap_or_default();
        let surface = Surface::Application;
        let outcome = self.0.sign_in(surface, pool, &client_id, auth_flow, parameters).await?;
        Ok(match outcome {
            Outcome::SignedIn(result) => InitiateAuthResponse {
                authentication_result: Some(result),
                challenge_parameters: Some(BTreeMap::new()),
                ..InitiateAuthResponse::default()
            },
            Outcome::Challenge { name, session, parameters } => InitiateAuthResponse {
                challenge_name: Some(name),
                challenge_parameters: Some(parameters),
                session,
                ..InitiateAuthResponse::default()
            },
        })
    }
}
