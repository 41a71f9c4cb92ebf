use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation, ServicePrincipal};
use types::{Arn, SecretString};
use wire::{
    Fault,
    cognito_identity::{
        Credentials, GetCredentialsForIdentityInput, GetCredentialsForIdentityResponse,
    },
    sts::{AssumeRoleWithWebIdentity, AssumeRoleWithWebIdentityRequest},
};

use crate::{
    IdentityPools, SERVICE_PRINCIPAL,
    developer_token::DeveloperLogin,
    guest_policy::GUEST_POLICY,
    ids::pool_arn,
    login_error::LoginError,
    pool_token,
    role_choice::{RoleError, choose, choose_for_guest, default_role},
    subject::{Subject, claim},
};

/// The name of every session in the enhanced flow, and how long it lasts, in seconds.
const SESSION_NAME: &str = "CognitoIdentityCredentials";
const DURATION_SECONDS: i32 = 3600;

/// [`GetCredentialsForIdentity`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html)
///
/// The enhanced flow: the pool's own token, taken to STS by the service itself. So the role's trust
/// policy decides, as it does for everybody else.
pub(crate) struct GetCredentialsForIdentity(pub(crate) Arc<IdentityPools>);

impl Operation for GetCredentialsForIdentity {
    type Wire = wire::cognito_identity::GetCredentialsForIdentity;
    type Error = LoginError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(
        &self,
        _: &Caller,
        _: &GetCredentialsForIdentityInput,
    ) -> Result<Vec<Need>, LoginError> {
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetCredentialsForIdentityResponse, LoginError> {
        let pools = &*self.0;
        let input = &request.input;
        let claim = claim(pools, &request, &input.identity_id, input.logins.as_ref()).await?;
        let subject = claim.prove(pools).await?;
        let role = role_of(&subject, input.custom_role_arn.as_deref())?;
        let token = match &subject.logins.developer {
            Some(login) => passed_on(login, &subject)?,
            None => pool_token::make(pools, &subject).await?.into(),
        };
        let assume = AssumeRoleWithWebIdentityRequest {
            duration_seconds: Some(DURATION_SECONDS),
            policy: subject.logins.is_empty().then(|| GUEST_POLICY.to_owned()),
            role_arn: role.to_string(),
            role_session_name: SESSION_NAME.to_owned(),
            web_identity_token: token,
            ..AssumeRoleWithWebIdentityRequest::default()
        };
        let owner = &subject.key.owner;
        let service = ServicePrincipal {
            name: SERVICE_PRINCIPAL,
            source_arn: pool_arn(owner.region(), *owner.account(), &subject.key.id.to_string()),
            source_account: *owner.account(),
        };
        let region = owner.region().clone();
        let assumed = request.call::<AssumeRoleWithWebIdentity>(service, region, assume).await;
        let credentials = assumed.map_err(|fault| refused(&fault))?.credentials;
        let credentials = credentials.ok_or(LoginError::RoleRefused)?;
        Ok(GetCredentialsForIdentityResponse {
            credentials: Some(Credentials {
                access_key_id: Some(credentials.access_key_id),
                expiration: Some(credentials.expiration),
                secret_key: Some(credentials.secret_access_key),
                session_token: Some(credentials.session_token),
            }),
            identity_id: Some(subject.identity.id.to_string()),
        })
    }
}

/// The token that a developer-authenticated user brought, which goes to STS as it is. If the
/// logins beside it made its identity one with another, a new one is needed.
fn passed_on(login: &DeveloperLogin, subject: &Subject) -> Result<SecretString, LoginError> {
    if login.identity != subject.identity.id {
        return Err(LoginError::AnothersLogin);
    }
    Ok(login.token.clone())
}

/// The role that a proved identity gets: with several logins of user pools, the first one decides;
/// a developer-authenticated user gets the default one.
fn role_of(subject: &Subject, wanted: Option<&str>) -> Result<Arn, RoleError> {
    // What is no ARN is the ARN of no role that could be offered.
    let wanted = wanted.map(str::parse::<Arn>).transpose().map_err(|_| RoleError::NotOffered)?;
    let roles = &subject.pool.roles;
    let logins = &subject.logins;
    match (&logins.developer, logins.of_user_pools.first()) {
        (Some(_), _) => default_role(roles, wanted.as_ref()),
        (None, None) => choose_for_guest(roles, wanted.as_ref()),
        (None, Some(login)) => {
            let token = &login.token;
            choose(roles, &login.provider, &token.aud, token.raw(), wanted.as_ref())
        }
    }
}

/// What is told of a session that STS did not give: that the pool's roles are wrong, or, if STS could
/// not answer, that one should try again.
fn refused(fault: &Fault) -> LoginError {
    if fault.status().is_server_error() {
        tracing::error!(%fault, "no session was given");
        LoginError::Unanswered
    } else {
        LoginError::RoleRefused
    }
}

#[cfg(test)]
mod tests {
    use wire::{Refusal, Service};

    use super::*;

    #[test]
    fn a_role_that_refuses_is_a_wrong_configuration_and_an_outage_is_an_outage() {
        let told = |refusal: Refusal| {
            let fault = Fault::from(refused(&refusal.fault(Service::Sts, "no")));
            (fault.code(), fault.status().as_u16())
        };
        let wrong = ("InvalidIdentityPoolConfigurationException", 400);
        assert_eq!(told(Refusal::NotAllowed), wrong);
        assert_eq!(told(Refusal::InvalidValue), wrong);
        assert_eq!(told(Refusal::Unavailable), ("ServiceUnavailableException", 503));
        assert_eq!(told(Refusal::Internal).1, 503);
    }
}
