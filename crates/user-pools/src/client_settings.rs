//! The settings of an app client, as `CreateUserPoolClient` and `UpdateUserPoolClient` share them.
//!
//! What is not said is AWS's default, in both: an update resets it.
//!
//! Source: User Pools API Reference, `UpdateUserPoolClient`; Amazon Cognito Developer Guide,
//! *Application-specific settings with app clients*.

use std::ops::RangeInclusive;

use directory::{HostedSignIn, RefreshTokenRotation, TimeUnit, UserPool, UserPoolClient, Validity};
use session::Sealed;
use types::Timestamp;
use wire::cognito_idp::{
    CreateUserPoolClientRequest, ExplicitAuthFlowsType as Flow, FeatureType, OAuthFlowType,
    PreventUserExistenceErrorTypes, RefreshTokenRotationType, TimeUnitsType,
    TokenValidityUnitsType, UpdateUserPoolClientRequest,
};

use crate::{attributes, error::UserPoolsError, pool_settings::refuse};

const DAY_SECONDS: u64 = 86_400;
const AUTH_SESSION_VALIDITY_MINUTES_DEFAULT: u8 = 3;
const HOUR: Validity = Validity { value: 1, unit: TimeUnit::Hours };
const MONTH: Validity = Validity { value: 30, unit: TimeUnit::Days };

/// The scopes that every pool has; others belong to resource servers.
///
/// Source: Amazon Cognito Developer Guide, *Scopes, M2M, and resource servers*.
const SCOPES: [&str; 5] = ["phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"];

/// Settings as they are given, without those that are not served.
pub(crate) struct ClientSettings {
    access_token_validity: Validity,
    auth_session_validity_minutes: u8,
    enable_token_revocation: bool,
    explicit_auth_flows: Option<Vec<String>>,
    hosted: HostedSignIn,
    id_token_validity: Validity,
    prevent_user_existence_errors: bool,
    read_attributes: Option<Vec<String>>,
    refresh_token_rotation: Option<RefreshTokenRotation>,
    refresh_token_validity: Validity,
    write_attributes: Option<Vec<String>>,
}

/// The members that both requests have, under their names.
macro_rules! given {
    ($($request:ident { $($own:ident),* })*) => {$(
        impl TryFrom<$request> for ClientSettings {
            type Error = UserPoolsError;

            fn try_from(request: $request) -> Result<Self, UserPoolsError> {
                // Every member by name, so that one that the model adds is not overlooked.
                let $request {
                    $($own: _,)*
                    access_token_validity,
                    allowed_o_auth_flows,
                    allowed_o_auth_flows_user_pool_client,
                    allowed_o_auth_scopes,
                    analytics_configuration,
                    auth_session_validity,
                    callback_urls,
                    default_redirect_uri,
                    enable_propagate_additional_user_context_data,
                    enable_token_revocation,
                    explicit_auth_flows,
                    id_token_validity,
                    logout_urls,
                    prevent_user_existence_errors,
                    read_attributes,
                    refresh_token_rotation,
                    refresh_token_validity,
                    supported_identity_providers,
                    token_validity_units,
                    user_pool_id: _,
                    write_attributes,
                } = request;
                refuse([
                    ("AnalyticsConfiguration", analytics_configuration.is_some()),
                    (
                        "EnablePropagateAdditionalUserContextData",
                        enable_propagate_additional_user_context_data == Some(true),
                    ),
                ])?;
                let units = token_validity_units.unwrap_or_default();
                let [access_token_validity, id_token_validity, refresh_token_validity] = validities(
                    &units,
                    access_token_validity,
                    id_token_validity,
                    refresh_token_validity,
                )?;
                let settings = Self {
                    access_token_validity,
                    auth_session_validity_minutes: auth_session_validity
                        .and_then(|minutes| u8::try_from(minutes).ok())
                        .unwrap_or(AUTH_SESSION_VALIDITY_MINUTES_DEFAULT),
                    enable_token_revocation: enable_token_revocation.unwrap_or(true),
                    explicit_auth_flows: flows(explicit_auth_flows)?,
                    hosted: HostedSignIn {
                        enabled: allowed_o_auth_flows_user_pool_client == Some(true),
                        flows: grants(&allowed_o_auth_flows.unwrap_or_default())?,
                        scopes: scopes(allowed_o_auth_scopes.unwrap_or_default())?,
                        callback_urls: urls(callback_urls.unwrap_or_default())?,
                        default_redirect_uri,
                        logout_urls: urls(logout_urls.unwrap_or_default())?,
                        identity_providers: supported_identity_providers.unwrap_or_default(),
                    },
                    id_token_validity,
                    prevent_user_existence_errors: prevent_user_existence_errors
                        == Some(PreventUserExistenceErrorTypes::Enabled),
                    read_attributes: filled(read_attributes),
                    refresh_token_rotation: rotation(refresh_token_rotation.as_ref()),
                    refresh_token_validity,
                    write_attributes: filled(write_attributes),
                };
                settings.check_together()?;
                Ok(settings)
            }
        }
    )*};
}

given! {
    CreateUserPoolClientRequest { client_name, client_secret, generate_secret }
    UpdateUserPoolClientRequest { client_id, client_name }
}

impl ClientSettings {
    /// A client of the pool with these settings, which has not been there before.
    pub(crate) fn client(
        &self,
        pool: &UserPool,
        id: String,
        name: String,
        secret: Option<Sealed<String>>,
        now: Timestamp,
    ) -> Result<UserPoolClient, UserPoolsError> {
        self.check_in(pool, secret.is_some())?;
        Ok(UserPoolClient {
            id,
            name,
            secret,
            explicit_auth_flows: self.explicit_auth_flows.clone(),
            access_token_validity: self.access_token_validity,
            id_token_validity: self.id_token_validity,
            refresh_token_validity: self.refresh_token_validity,
            auth_session_validity_minutes: self.auth_session_validity_minutes,
            prevent_user_existence_errors: self.prevent_user_existence_errors,
            enable_token_revocation: self.enable_token_revocation,
            read_attributes: self.read_attributes.clone(),
            write_attributes: self.write_attributes.clone(),
            hosted: self.hosted.clone(),
            refresh_token_rotation: self.refresh_token_rotation,
            created: now,
            last_modified: now,
        })
    }

    fn check_together(&self) -> Result<(), UserPoolsError> {
        let refresh = self.refresh_token_validity.seconds();
        if self.access_token_validity.seconds().max(self.id_token_validity.seconds()) > refresh {
            return Err(invalid("Access and ID tokens cannot live longer than the refresh token."));
        }
        let hosted = &self.hosted;
        if hosted.enabled && (hosted.flows.is_empty() || hosted.scopes.is_empty()) {
            return Err(invalid(
                "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is \
                 allowed to use OAuth flows.",
            ));
        }
        let sends_back = hosted.flows.iter().any(|flow| flow != "client_credentials");
        if hosted.enabled && sends_back && hosted.callback_urls.is_empty() {
            return Err(invalid("CallbackURLs are required for the code and implicit flows."));
        }
        if hosted
            .default_redirect_uri
            .as_ref()
            .is_some_and(|uri| !hosted.callback_urls.contains(uri))
        {
            return Err(invalid("DefaultRedirectURI must be one of the CallbackURLs."));
        }
        let refreshes = self.explicit_auth_flows.iter().flatten();
        if self.refresh_token_rotation.is_some()
            && refreshes.into_iter().any(|flow| flow == Flow::AllowRefreshTokenAuth.as_str())
        {
            return Err(invalid(
                "ALLOW_REFRESH_TOKEN_AUTH cannot be given where refresh tokens are rotated.",
            ));
        }
        Ok(())
    }

    /// Whether a client of this pool can have them.
    fn check_in(&self, pool: &UserPool, has_secret: bool) -> Result<(), UserPoolsError> {
        let readable = self.read_attributes.as_deref().unwrap_or_default();
        if !attributes::are_readable(pool, readable) {
            return Err(invalid("Invalid read attributes specified while creating a client"));
        }
        let writable = self.write_attributes.as_deref().unwrap_or_default();
        if !attributes::are_writable(pool, writable) {
            return Err(invalid("Invalid write attributes specified while creating a client"));
        }
        let unknown = self.hosted.identity_providers.iter().find(|name| *name != "COGNITO");
        if let Some(name) = unknown {
            let id = &pool.id;
            return Err(UserPoolsError::InvalidParameter(format!(
                "The provider {name} does not exist for User Pool {id}."
            )));
        }
        let by_credentials = self.hosted.flows.iter().any(|flow| flow == "client_credentials");
        if by_credentials && !has_secret {
            return Err(UserPoolsError::InvalidOAuthFlow(
                "client_credentials flow can not be selected if client does not have a client secret.",
            ));
        }
        Ok(())
    }
}

fn validities(
    units: &TokenValidityUnitsType,
    access: Option<i32>,
    id: Option<i32>,
    refresh: Option<i32>,
) -> Result<[Validity; 3], UserPoolsError> {
    let short = 300..=DAY_SECONDS;
    let long = 3600..=3650 * DAY_SECONDS;
    // AWS takes 0 for nothing said.
    let refresh = refresh.filter(|value| *value != 0);
    Ok([
        validity(access, units.access_token, HOUR, &short)?,
        validity(id, units.id_token, HOUR, &short)?,
        validity(refresh, units.refresh_token, MONTH, &long)?,
    ])
}

/// A list that says something; an empty one is what a client says that says nothing.
fn filled<T>(list: Option<Vec<T>>) -> Option<Vec<T>> {
    list.filter(|list| !list.is_empty())
}

fn rotation(given: Option<&RefreshTokenRotationType>) -> Option<RefreshTokenRotation> {
    let given = given.filter(|rotation| rotation.feature == FeatureType::Enabled)?;
    let seconds = given.retry_grace_period_seconds.unwrap_or(0);
    Some(RefreshTokenRotation { grace_period_seconds: u8::try_from(seconds).unwrap_or(0) })
}

fn grants(given: &[OAuthFlowType]) -> Result<Vec<String>, UserPoolsError> {
    if given.contains(&OAuthFlowType::ClientCredentials) && given.len() > 1 {
        return Err(UserPoolsError::InvalidOAuthFlow(
            "client_credentials flow can not be selected along with code flow or implicit flow.",
        ));
    }
    Ok(given.iter().map(|flow| flow.as_str().to_owned()).collect())
}

fn scopes(given: Vec<String>) -> Result<Vec<String>, UserPoolsError> {
    match given.iter().find(|scope| !SCOPES.contains(&scope.as_str())) {
        Some(unknown) => Err(UserPoolsError::NoSuchScope(unknown.clone())),
        None => Ok(given),
    }
}

/// Addresses to which users are sent: absolute, without a fragment, and not over plain HTTP except to
/// this machine.
///
/// Source: User Pools API Reference, `CreateUserPoolClient`, `CallbackURLs`.
fn urls(given: Vec<String>) -> Result<Vec<String>, UserPoolsError> {
    let is_local = |rest: &str| {
        let host = rest.split(['/', '?', ':']).next().unwrap_or_default();
        rest.starts_with("[::1]") || ["localhost", "127.0.0.1"].contains(&host)
    };
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let is_legal = |url: &String| {
        let visible = url.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '#');
        let parts = url.split_once("://");
        visible
            && parts.is_some_and(|(scheme, rest)| match scheme {
                "http" => is_local(rest),
                scheme => is_scheme(scheme) && !rest.is_empty(),
            })
    };
    if given.iter().all(is_legal) {
        return Ok(given);
    }
    Err(invalid(
        "A URL must be absolute, without a fragment, and HTTPS unless it is http://localhost or has a \
         scheme of an app's own.",
    ))
}

fn invalid(message: &str) -> UserPoolsError {
    UserPoolsError::InvalidParameter(message.to_owned())
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
    Ok(Some(given.into_iter().map(|flow| flow.as_str().to_owned()).collect()))
}

/// How long a kind of token lives, within AWS's limits in seconds.
fn validity(
    value: Option<i32>,
    unit: Option<TimeUnitsType>,
    default: Validity,
    limits: &RangeInclusive<u64>,
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
        assert!(flows(Some(vec![Flow::AllowUserAuth])).is_ok());
    }

    #[test]
    fn users_are_sent_to_whole_addresses_and_never_in_the_clear() {
        for (url, expected) in [
            ("https://app.example/callback", true),
            ("http://localhost", true),
            ("http://localhost:3000/api/auth/callback/cognito?x=1", true),
            ("http://127.0.0.1:8080/", true),
            ("http://[::1]:8080/", true),
            ("myapp://signed-in", true),
            ("http://app.example/callback", false),
            ("http://localhost.evil.example/", false),
            ("https://app.example/#part", false),
            ("https://app.example/a b", false),
            ("https://", false),
            ("/callback", false),
            ("1app://x", false),
            ("", false),
        ] {
            assert_eq!(urls(vec![url.to_owned()]).is_ok(), expected, "{url}");
        }
    }

    fn settings(
        change: impl FnOnce(&mut CreateUserPoolClientRequest),
    ) -> Result<ClientSettings, UserPoolsError> {
        let mut request = CreateUserPoolClientRequest {
            callback_urls: Some(vec!["https://app.example/".to_owned()]),
            allowed_o_auth_flows_user_pool_client: Some(true),
            allowed_o_auth_flows: Some(vec![OAuthFlowType::Code]),
            allowed_o_auth_scopes: Some(vec!["openid".to_owned()]),
            ..CreateUserPoolClientRequest::default()
        };
        change(&mut request);
        ClientSettings::try_from(request)
    }

    #[test]
    fn settings_must_go_together() {
        use OAuthFlowType::{ClientCredentials, Code};
        assert!(settings(|_| {}).is_ok());
        assert!(settings(|s| s.allowed_o_auth_flows = None).is_err());
        assert!(settings(|s| s.allowed_o_auth_scopes = None).is_err());
        assert!(settings(|s| s.callback_urls = None).is_err());
        assert!(settings(|s| s.allowed_o_auth_scopes = Some(vec!["coats/read".into()])).is_err());
        let redirect =
            |to: &str| settings(|s| s.default_redirect_uri = Some(to.to_owned())).is_ok();
        assert!(redirect("https://app.example/") && !redirect("https://app.example/other"));
        let grants = |grants: &[OAuthFlowType]| {
            settings(|s| s.allowed_o_auth_flows = Some(grants.to_vec())).is_ok()
        };
        assert!(grants(&[ClientCredentials]) && !grants(&[Code, ClientCredentials]));
        assert!(settings(|s| s.refresh_token_validity = Some(1)).is_ok());
        let short = |units: TimeUnitsType| {
            settings(|s| {
                (s.refresh_token_validity, s.access_token_validity) = (Some(1), Some(2));
                s.token_validity_units = Some(TokenValidityUnitsType {
                    refresh_token: Some(units),
                    ..TokenValidityUnitsType::default()
                });
            })
        };
        assert!(short(TimeUnitsType::Days).is_ok() && short(TimeUnitsType::Hours).is_err());
        let rotated = |flow: Flow| {
            settings(|s| {
                s.explicit_auth_flows = Some(vec![flow]);
                s.refresh_token_rotation = Some(RefreshTokenRotationType {
                    feature: FeatureType::Enabled,
                    retry_grace_period_seconds: Some(10),
                });
            })
        };
        let kept = rotated(Flow::AllowUserSrpAuth).unwrap().refresh_token_rotation.unwrap();
        assert_eq!(kept.grace_period_seconds, 10);
        assert!(rotated(Flow::AllowRefreshTokenAuth).is_err());
    }
}
