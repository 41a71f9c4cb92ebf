use std::{collections::BTreeMap, sync::Arc};

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminInitiateAuthRequest, AdminInitiateAuthResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    names::check_word,
    pools::{on_pool, pool_key},
    sign_in::{Outcome, Surface},
};

/// [`AdminInitiateAuth`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminInitiateAuth.html)
pub(crate) struct AdminInitiateAuth(pub(crate) Arc<UserPools>);

impl Operation for AdminInitiateAuth {
    type Wire = wire::cognito_idp::AdminInitiateAuth;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminInitiateAuthRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        on_pool("cognito-idp:AdminInitiateAuth", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminInitiateAuthResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let AdminInitiateAuthRequest { auth_flow, auth_parameters, client_id, .. } = request.input;
        let (client_id, parameters) = (client_id.expose(), auth_parameters.unwrap_or_default());
        let surface = Surface::Server;
        let outcome = self.0.sign_in(surface, pool, client_id, auth_flow, parameters).await?;
        Ok(match outcome {
            Outcome::SignedIn(result) => AdminInitiateAuthResponse {
                authentication_result: Some(result),
                challenge_parameters: Some(BTreeMap::new()),
                ..AdminInitiateAuthResponse::default()
            },
            Outcome::Challenge { name, session, parameters } => AdminInitiateAuthResponse {
                challenge_name: Some(name),
                challenge_parameters: Some(parameters),
                session,
                ..AdminInitiateAuthResponse::default()
            },
        })
    }
}
