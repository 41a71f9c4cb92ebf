use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::{GetOpenIdTokenInput, GetOpenIdTokenResponse};

use crate::{IdentityPools, login_error::LoginError, pool_token, subject::claim};

/// [`GetOpenIdToken`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdToken.html)
///
/// The first half of the basic (classic) flow; the caller takes the token to STS.
pub(crate) struct GetOpenIdToken(pub(crate) Arc<IdentityPools>);

impl Operation for GetOpenIdToken {
    type Wire = wire::cognito_identity::GetOpenIdToken;
    type Error = LoginError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, _: &GetOpenIdTokenInput) -> Result<Vec<Need>, LoginError> {
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetOpenIdTokenResponse, LoginError> {
        let pools = &*self.0;
        let input = &request.input;
        let claim = claim(pools, &request, &input.identity_id, input.logins.as_ref()).await?;
        // Who was not proved to be the identity learns nothing of its pool, and who is refused links
        // nothing.
        claim.identities(pools).check(&claim.id, &claim.logins.subjects()).await?;
        if claim.pool.allow_classic_flow == Some(false) {
            return Err(LoginError::NoClassicFlow);
        }
        // A developer's token is one already; another one from it would make it last for ever.
        if claim.logins.developer.is_some() {
            return Err(LoginError::UnsupportedProvider);
        }
        let subject = claim.prove(pools).await?;
        let token = pool_token::make(pools, &subject).await?;
        Ok(GetOpenIdTokenResponse {
            identity_id: Some(subject.identity.id.to_string()),
            token: Some(token.into()),
        })
    }
}
