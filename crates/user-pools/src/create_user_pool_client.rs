use std::sync::Arc;

use directory::{
    Change, Record, TimeUnit, UserPoolClient, UserPoolClientKey, UserPoolKey, Validity,
};
use gate::{Access, Authorized, Caller, Need, Operation};
use session::Label;
use types::{Entropy, SecretString};
use wire::cognito_idp::{
    CreateUserPoolClientRequest, CreateUserPoolClientResponse, ExplicitAuthFlowsType as Flow,
    FeatureType, PreventUserExistenceErrorTypes, TimeUnitsType,
};

use crate::{
    UserPools, attributes, clients,
    error::UserPoolsError,
    names::{check_title, check_word},
    pools::{on_pool, pool_key},
};

const LOWER_CASE_ALPHANUMERICS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const CLIENT_ID_CHARACTERS: usize = 26;
const CLIENT_SECRET_CHARACTERS: usize = 52;

const DAY_SECONDS: u64 = 86_400;
const AUTH_SESSION_VALIDITY_MINUTES_DEFAULT: u8 = 3;
const HOUR: Validity = Validity { value: 1, unit: TimeUnit::Hours };
const MONTH: Validity = Validity { value: 30, unit: TimeUnit::Days };

/// [`CreateUserPoolClient`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html)
pub(crate) struct CreateUserPoolClient(pub(crate) Arc<UserPools>);

impl Operation for CreateUserPoolClient {
    type Wire = wire::cognito_idp::CreateUserPoolClient;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &CreateUserPoolClientRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        on_pool("cognito-idp:CreateUserPoolClient", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateUserPoolClientResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let (client, secret) = self.0.create_user_pool_client(&pool, request.input).await?;
        let described = clients::described(&pool, &client, secret);
        Ok(CreateUserPoolClientResponse { user_pool_client: Some(described) })
    }
}

impl UserPools {
    pub(crate) async fn create_user_pool_client(
        &self,
        pool: &UserPoolKey,
        input: CreateUserPoolClientRequest,
    ) -> Result<(UserPoolClient, Option<SecretString>), UserPoolsError> {
        let id = self.entropy.text(LOWER_CASE_ALPHANUMERICS, CLIENT_ID_CHARACTERS);
        let key = UserPoolClientKey { pool: pool.clone(), id };
        let secret = secret(&input, &*self.entropy)?;
        let client = self.client_from(&key, secret.as_ref(), input)?;
        let (place, record) = (&key, &client);
        self.directory
            .retry(|| async move {
                let found = self.pool(pool).await?;
                let mut change = Change::new();
                change.require_unchanged(&found);
                change.create(place, record);
                Ok::<_, UserPoolsError>((change, ()))
            })
            .await?;
        Ok((client, secret))
    }

    fn client_from(
        &self,
        key: &UserPoolClientKey,
        secret: Option<&SecretString>,
        input: CreateUserPoolClientRequest,
    ) -> Result<UserPoolClient, UserPoolsError> {
        check_title("clientName", &input.client_name)?;
        check_served(&input)?;
        let place = UserPoolClient::associated_data(key);
        let seal = |secret| self.ring.seal(Label::SecretAtRest, &place, secret, &*self.entropy);
        let units = input.token_validity_units.unwrap_or_default();
        let short = 300..=DAY_SECONDS;
        let access_token_validity =
            validity(input.access_token_validity, units.access_token, HOUR, &short)?;
        let id_token_validity = validity(input.id_token_validity, units.id_token, HOUR, &short)?;
        // AWS takes 0 for nothing said.
        let refresh = input.refresh_token_validity.filter(|value| *value != 0);
        let long = 3600..=3650 * DAY_SECONDS;
        let refresh_token_validity = validity(refresh, units.refresh_token, MONTH, &long)?;
        let invalid = |message: &str| UserPoolsError::InvalidParameter(message.to_owned());
        if !input.read_attributes.as_deref().is_none_or(attributes::are_readable) {
            return Err(invalid("Invalid read attributes specified while creating a client"));
        }
        if !input.write_attributes.as_deref().is_none_or(attributes::are_writable) {
            return Err(invalid("Invalid write attributes specified while creating a client"));
        }
        let now = self.clock.now();
        Ok(UserPoolClient {
            id: key.id.clone(),
            name: input.client_name,
            secret: secret.map(seal).transpose()?,
            explicit_auth_flows: flows(input.explicit_auth_flows)?,
            access_token_validity,
            id_token_validity,
            refresh_token_validity,
            auth_session_validity_minutes: input
                .auth_session_validity
                .and_then(|minutes| u8::try_from(minutes).ok())
                .unwrap_or(AUTH_SESSION_VALIDITY_MINUTES_DEFAULT),
            prevent_user_existence_errors: input.prevent_user_existence_errors
                == Some(PreventUserExistenceErrorTypes::Enabled),
            enable_token_revocation: input.enable_token_revocation.unwrap_or(true),
            read_attributes: input.read_attributes,
            write_attributes: input.write_attributes,
            created: now,
            last_modified: now,
        })
    }
}

/// Refuses what belongs to sign-in pages and other things that are not served.
fn check_served(input: &CreateUserPoolClientRequest) -> Result<(), UserPoolsError> {
    fn filled<T>(list: Option<&Vec<T>>) -> bool {
        list.is_some_and(|list| !list.is_empty())
    }
    let rotation = input.refresh_token_rotation.as_ref();
    for (name, given) in [
        ("AllowedOAuthFlows", filled(input.allowed_o_auth_flows.as_ref())),
        (
            "AllowedOAuthFlowsUserPoolClient",
            input.allowed_o_auth_flows_user_pool_client == Some(true),
        ),
        ("AllowedOAuthScopes", filled(input.allowed_o_auth_scopes.as_ref())),
        ("AnalyticsConfiguration", input.analytics_configuration.is_some()),
        ("CallbackURLs", filled(input.callback_urls.as_ref())),
        ("DefaultRedirectURI", input.default_redirect_uri.is_some()),
        (
            "EnablePropagateAdditionalUserContextData",
            input.enable_propagate_additional_user_context_data == Some(true),
        ),
        ("LogoutURLs", filled(input.logout_urls.as_ref())),
        (
            "RefreshTokenRotation",
            rotation.is_some_and(|rotation| rotation.feature == FeatureType::Enabled),
        ),
        ("SupportedIdentityProviders", filled(input.supported_identity_providers.as_ref())),
    ] {
        if given {
            return Err(UserPoolsError::NotServed(name));
        }
    }
    Ok(())
}

/// The client's secret: made, brought along, or none.
fn secret(
    input: &CreateUserPoolClientRequest,
    entropy: &dyn Entropy,
) -> Result<Option<SecretString>, UserPoolsError> {
    match (&input.client_secret, input.generate_secret.unwrap_or(false)) {
        (Some(_), true) => {
            let message = "ClientSecret and GenerateSecret cannot be given together";
            Err(UserPoolsError::InvalidParameter(message.to_owned()))
        }
        (Some(secret), false) => {
            check_word("clientSecret", secret.expose())?;
            Ok(Some(secret.clone()))
        }
        (None, true) => {
            let secret = entropy.text(LOWER_CASE_ALPHANUMERICS, CLIENT_SECRET_CHARACTERS);
            Ok(Some(SecretString::new(secret)))
        }
        (None, false) => Ok(None),
    }
}

fn flows(given: Option<Vec<Flow>>) -> Result<Option<Vec<String>>, UserPoolsError> {
    // An empty list is what a client says that says nothing.
    let Some(given) = given.filter(|flows| !flows.is_empty()) else { return Ok(None) };
    let is_new = |flow: &Flow| flow.as_str().starts_with("ALLOW_");
    if given.iter().any(is_new) && !given.iter().all(is_new) {
        let message = "ExplicitAuthFlows that begin with ALLOW_ cannot be given together with \
                       those that do not";
        return Err(UserPoolsError::InvalidParameter(message.to_owned()));
    }
    for flow in &given {
        match flow {
            Flow::AllowUserAuth => return Err(UserPoolsError::NotServed("ALLOW_USER_AUTH")),
            Flow::AllowTokenExchangeDelegation | Flow::AllowTokenExchangeImpersonation => {
                return Err(UserPoolsError::NotServed("ALLOW_TOKEN_EXCHANGE_…"));
            }
            Flow::AdminNoSrpAuth
            | Flow::CustomAuthFlowOnly
            | Flow::UserPasswordAuth
            | Flow::AllowAdminUserPasswordAuth
            | Flow::AllowCustomAuth
            | Flow::AllowUserPasswordAuth
            | Flow::AllowUserSrpAuth
            | Flow::AllowRefreshTokenAuth => {}
        }
    }
    Ok(Some(given.into_iter().map(|flow| flow.as_str().to_owned()).collect()))
}

/// How long a kind of token lives, within AWS's limits in seconds.
fn validity(
    value: Option<i32>,
    unit: Option<TimeUnitsType>,
    default: Validity,
    limits: &std::ops::RangeInclusive<u64>,
) -> Result<Validity, UserPoolsError> {
    let Some(value) = value else { return Ok(default) };
    let unit = unit.map_or(default.unit, |unit| match unit {
        TimeUnitsType::Seconds => TimeUnit::Seconds,
        TimeUnitsType::Minutes => TimeUnit::Minutes,
        TimeUnitsType::Hours => TimeUnit::Hours,
        TimeUnitsType::Days => TimeUnit::Days,
    });
    let validity = u32::try_from(value).ok().map(|value| Validity { value, unit });
    validity.filter(|validity| limits.contains(&validity.seconds())).ok_or_else(|| {
        UserPoolsError::InvalidParameter("Invalid range for token validity.".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use types::SeededEntropy;

    use super::*;

    #[test]
    fn tokens_live_within_awss_limits() {
        use TimeUnitsType::{Days, Minutes, Seconds};
        let short = 300..=DAY_SECONDS;
        let long = 3600..=3650 * DAY_SECONDS;
        for (value, unit, limits, expected) in [
            (None, None, &short, Some(3600)),
            (None, Some(Days), &short, Some(3600)),
            (Some(1), None, &short, Some(3600)),
            (Some(24), None, &short, Some(86_400)),
            (Some(25), None, &short, None),
            (Some(5), Some(Minutes), &short, Some(300)),
            (Some(299), Some(Seconds), &short, None),
            (Some(1), Some(Days), &short, Some(86_400)),
            (Some(2), Some(Days), &short, None),
            (Some(-1), Some(Days), &short, None),
            (Some(59), Some(Minutes), &long, None),
            (Some(60), Some(Minutes), &long, Some(3600)),
            (Some(3650), Some(Days), &long, Some(315_360_000)),
            (Some(i32::MAX), Some(Days), &long, None),
        ] {
            let seconds = validity(value, unit, HOUR, limits).ok().map(Validity::seconds);
            assert_eq!(seconds, expected, "{value:?} {unit:?}");
        }
    }

    #[test]
    fn older_and_newer_flows_do_not_mix() {
        let newer = vec![Flow::AllowUserSrpAuth, Flow::AllowRefreshTokenAuth];
        let names = flows(Some(newer)).unwrap().unwrap();
        assert_eq!(names, ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
        assert_eq!(flows(None).unwrap(), None);
        assert_eq!(flows(Some(Vec::new())).unwrap(), None);
        assert!(flows(Some(vec![Flow::AdminNoSrpAuth, Flow::AllowUserSrpAuth])).is_err());
        assert!(flows(Some(vec![Flow::AllowUserAuth])).is_err());
    }

    #[test]
    fn a_secret_is_made_or_brought_along_but_not_both() {
        let entropy: &dyn Entropy = &SeededEntropy::new(1);
        let input = |generate, brought: Option<&str>| CreateUserPoolClientRequest {
            generate_secret: generate,
            client_secret: brought.map(SecretString::from),
            ..CreateUserPoolClientRequest::default()
        };
        assert!(secret(&input(None, None), entropy).unwrap().is_none());
        let made = secret(&input(Some(true), None), entropy).unwrap().unwrap();
        assert_eq!(made.expose().len(), CLIENT_SECRET_CHARACTERS);
        let brought = secret(&input(Some(false), Some("a_secret+1")), entropy).unwrap().unwrap();
        assert!(brought.equals(b"a_secret+1"));
        assert!(secret(&input(Some(true), Some("a_secret")), entropy).is_err());
        assert!(secret(&input(None, Some("not a word")), entropy).is_err());
    }
}
