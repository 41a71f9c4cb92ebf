use std::sync::Arc;

use directory::PublicId;
use gate::{Access, Authorized, Caller, Need, Operation};
use types::UserPoolId;
use wire::oidc::OpenIdConfiguration;

use crate::{UserPools, error::UserPoolsError};

/// Who issues a pool's tokens, and where the keys are.
///
/// The endpoints that belong to a domain of the pool are absent, as on AWS without one. Source: OpenID
/// Connect Discovery 1.0, section 3.
pub(crate) struct GetOpenIdConfiguration(pub(crate) Arc<UserPools>);

impl Operation for GetOpenIdConfiguration {
    type Wire = wire::oidc::GetOpenIdConfiguration;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, _: &UserPoolId) -> Result<Vec<Need>, UserPoolsError> {
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<OpenIdConfiguration, UserPoolsError> {
        let id = request.input.clone();
        match request.public_owner(PublicId::UserPool(id.clone())).await? {
            Some(_) => Ok(self.0.open_id_configuration(&id)),
            None => Err(UserPoolsError::NoSuchPool(id)),
        }
    }
}

impl UserPools {
    pub(crate) fn open_id_configuration(&self, id: &UserPoolId) -> OpenIdConfiguration {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        OpenIdConfiguration {
            id_token_signing_alg_values_supported: list(&["RS256"]),
            issuer: self.issuers.issuer(id),
            jwks_uri: format!("{}/{id}/.well-known/jwks.json", self.public_url),
            response_types_supported: list(&["code", "token"]),
            scopes_supported: list(&["openid", "email", "phone", "profile"]),
            subject_types_supported: list(&["public"]),
        }
    }
}
