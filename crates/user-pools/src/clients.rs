//! Finding and showing app clients, and what they allow.

use directory::{
    Found, Record, TimeUnit, UserPoolClient, UserPoolClientKey, UserPoolKey, Validity,
};
use session::Label;
use types::SecretString;
use wire::cognito_idp::{
    ExplicitAuthFlowsType as Flow, FeatureType, OAuthFlowType, PreventUserExistenceErrorTypes,
    RefreshTokenRotationType, TimeUnitsType, TokenValidityUnitsType, UserPoolClientType,
};

use crate::{UserPools, error::UserPoolsError};

impl UserPools {
    /// The client under this key.
    pub(crate) async fn client(
        &self,
        key: &UserPoolClientKey,
    ) -> Result<Found<UserPoolClient>, UserPoolsError> {
        let found = self.directory.get::<UserPoolClient>(key).await?;
        found.ok_or_else(|| UserPoolsError::NoSuchClient(key.id.clone()))
    }

    /// The client's secret, if it has one.
    pub(crate) fn client_secret(
        &self,
        key: &UserPoolClientKey,
        client: &UserPoolClient,
    ) -> Result<Option<SecretString>, UserPoolsError> {
        let place = UserPoolClient::associated_data(key);
        let open = |sealed| self.ring.open(Label::SecretAtRest, &place, sealed);
        Ok(client.secret.as_ref().map(open).transpose()?)
    }
}

/// Whether one of these ways to sign in is open, or, where the client says nothing, is open then.
pub(crate) fn allows(client: &UserPoolClient, flows: &[Flow], unless_said: bool) -> bool {
    match &client.explicit_auth_flows {
        None => unless_said,
        Some(open) => flows.iter().any(|flow| open.iter().any(|name| name == flow.as_str())),
    }
}

/// The client as AWS shows it, with its secret.
pub(crate) fn described(
    pool: &UserPoolKey,
    client: &UserPoolClient,
    secret: Option<SecretString>,
) -> UserPoolClientType {
    let value = |validity: Validity| i32::try_from(validity.value).ok();
    let unit = |validity: Validity| {
        Some(match validity.unit {
            TimeUnit::Seconds => TimeUnitsType::Seconds,
            TimeUnit::Minutes => TimeUnitsType::Minutes,
            TimeUnit::Hours => TimeUnitsType::Hours,
            TimeUnit::Days => TimeUnitsType::Days,
        })
    };
    let flows = client.explicit_auth_flows.as_ref();
    let hosted = &client.hosted;
    UserPoolClientType {
        user_pool_id: Some(pool.id.to_string()),
        client_id: Some(client.id.as_str().into()),
        client_name: Some(client.name.clone()),
        client_secret: secret,
        explicit_auth_flows: flows
            .map(|names| names.iter().filter_map(|name| Flow::from_text(name)).collect()),
        access_token_validity: value(client.access_token_validity),
        id_token_validity: value(client.id_token_validity),
        refresh_token_validity: value(client.refresh_token_validity),
        token_validity_units: Some(TokenValidityUnitsType {
            access_token: unit(client.access_token_validity),
            id_token: unit(client.id_token_validity),
            refresh_token: unit(client.refresh_token_validity),
        }),
        auth_session_validity: Some(client.auth_session_validity_minutes.into()),
        prevent_user_existence_errors: Some(if client.prevent_user_existence_errors {
            PreventUserExistenceErrorTypes::Enabled
        } else {
            PreventUserExistenceErrorTypes::Legacy
        }),
        enable_token_revocation: Some(client.enable_token_revocation),
        refresh_token_rotation: client.refresh_token_rotation.map(|rotation| {
            RefreshTokenRotationType {
                feature: FeatureType::Enabled,
                retry_grace_period_seconds: Some(rotation.grace_period_seconds.into()),
            }
        }),
        allowed_o_auth_flows_user_pool_client: Some(hosted.enabled),
        allowed_o_auth_flows: some_list(
            hosted.flows.iter().filter_map(|flow| OAuthFlowType::from_text(flow)).collect(),
        ),
        allowed_o_auth_scopes: some_list(hosted.scopes.clone()),
        callback_urls: some_list(hosted.callback_urls.clone()),
        default_redirect_uri: hosted.default_redirect_uri.clone(),
        logout_urls: some_list(hosted.logout_urls.clone()),
        supported_identity_providers: some_list(hosted.identity_providers.clone()),
        read_attributes: client.read_attributes.clone(),
        write_attributes: client.write_attributes.clone(),
        creation_date: Some(client.created),
        last_modified_date: Some(client.last_modified),
        ..UserPoolClientType::default()
    }
}

/// The list, unless it is empty.
pub(crate) fn some_list<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}
