//! Identity pools as they come in and go out.

use std::collections::BTreeMap;

use directory::{IdentityPool, IdentityProvider};
use gate::{Authorized, Caller, Need, On};
use types::UserPoolId;
use wire::cognito_identity::{
    CognitoIdentityProvider, CreateIdentityPoolInput, IdentityPool as PoolShape,
};

use crate::{
    error::PoolError,
    ids::{InvalidMember, pool_arn, pool_id},
};

/// What a signed operation on one pool needs.
pub(crate) fn need(
    caller: &Caller,
    action: &'static str,
    pool: &str,
) -> Result<Vec<Need>, PoolError> {
    pool_id(pool)?;
    let account = caller.principal.account().ok_or(PoolError::NoAccount)?;
    Ok(vec![Need::new(action, On::Own(pool_arn(&caller.region, account, pool)))])
}

/// The key of the caller's pool of that id.
pub(crate) fn own_key<O: wire::Operation>(
    request: &Authorized<O>,
    pool: &str,
) -> Result<directory::IdentityPoolKey, PoolError> {
    let owner = request.owner().ok_or(PoolError::NoAccount)?;
    let id = pool_id(pool)?.ok_or_else(|| PoolError::NoSuchPool(pool.to_owned()))?;
    Ok(directory::IdentityPoolKey { owner, id })
}

/// Refuses what would have to be ignored, and what AWS's patterns do not allow.
pub(crate) fn check(input: &CreateIdentityPoolInput) -> Result<(), PoolError> {
    let some = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
    let unserved = [
        ("DeveloperProviderName", input.developer_provider_name.is_some()),
        ("OpenIdConnectProviderARNs", some(&input.open_id_connect_provider_arns)),
        ("SamlProviderARNs", some(&input.saml_provider_arns)),
        (
            "SupportedLoginProviders",
            input.supported_login_providers.as_ref().is_some_and(|map| !map.is_empty()),
        ),
    ];
    if let Some((member, _)) = unserved.into_iter().find(|(_, given)| *given) {
        return Err(PoolError::NotServed { member });
    }
    let legal =
        |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "_+=,.@-".contains(c);
    if !input.identity_pool_name.chars().all(legal) {
        return Err(InvalidMember {
            member: "identityPoolName",
            value: input.identity_pool_name.clone(),
            pattern: r"[\w\s+=,.@-]+",
        }
        .into());
    }
    Ok(())
}

/// The providers as they are remembered.
pub(crate) fn providers(
    given: Option<Vec<CognitoIdentityProvider>>,
) -> Result<Vec<IdentityProvider>, PoolError> {
    let mut providers: Vec<IdentityProvider> = Vec::new();
    for provider in given.unwrap_or_default() {
        if provider.server_side_token_check == Some(true) {
            return Err(PoolError::NotServed { member: "ServerSideTokenCheck" });
        }
        let name = provider.provider_name.unwrap_or_default();
        let user_pool = user_pool_of(&name).ok_or_else(|| {
            PoolError::Parameter(format!(
                "Invalid Cognito Identity Provider {name:?}: a ProviderName is \
                 cognito-idp.REGION.amazonaws.com/POOL"
            ))
        })?;
        let client_id = provider.client_id.unwrap_or_default();
        if client_id.is_empty()
            || !client_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            let message = format!("Invalid ClientId {client_id:?} of the provider {name}");
            return Err(PoolError::Parameter(message));
        }
        let provider = IdentityProvider { user_pool, client_id };
        if providers.contains(&provider) {
            let message = format!(
                "The provider {name} is there twice with the ClientId {}",
                provider.client_id
            );
            return Err(PoolError::Parameter(message));
        }
        providers.push(provider);
    }
    Ok(providers)
}

/// The user pool of that provider name.
pub(crate) fn user_pool_of(provider: &str) -> Option<UserPoolId> {
    let (_, pool) = provider.split_once('/')?;
    let pool: UserPoolId = pool.parse().ok()?;
    (pool.provider_name() == provider).then_some(pool)
}

/// A pool as responses describe it.
pub(crate) fn described(pool: &IdentityPool) -> PoolShape {
    let providers = pool.providers.iter().map(|provider| CognitoIdentityProvider {
        client_id: Some(provider.client_id.clone()),
        provider_name: Some(provider.user_pool.provider_name()),
        server_side_token_check: Some(false),
    });
    PoolShape {
        allow_classic_flow: pool.allow_classic_flow,
        allow_unauthenticated_identities: pool.allow_unauthenticated_identities,
        cognito_identity_providers: (!pool.providers.is_empty()).then(|| providers.collect()),
        identity_pool_id: pool.id.to_string(),
        identity_pool_name: pool.name.clone(),
        identity_pool_tags: Some(pool.tags.clone()).filter(|tags| !tags.is_empty()),
        ..PoolShape::default()
    }
}

/// The labels of a pool (Tagging AWS resources: up to 50, keys up to 128 and values up to 256
/// characters, none of AWS's).
pub(crate) fn tags(
    tags: Option<BTreeMap<String, String>>,
) -> Result<BTreeMap<String, String>, PoolError> {
    let tags = tags.unwrap_or_default();
    if tags.len() > 50 {
        return Err(PoolError::Parameter("A pool has at most 50 tags".to_owned()));
    }
    for key in tags.keys() {
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            let message = format!("The tag key {key:?} begins with aws:, which is reserved");
            return Err(PoolError::Parameter(message));
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9";

    fn provider(name: &str, client: &str) -> CognitoIdentityProvider {
        CognitoIdentityProvider {
            provider_name: Some(name.to_owned()),
            client_id: Some(client.to_owned()),
            server_side_token_check: None,
        }
    }

    #[test]
    fn providers_are_clients_of_user_pools() {
        let good = vec![provider(NAME, "one"), provider(NAME, "two_2")];
        let taken = providers(Some(good)).unwrap();
        let clients: Vec<_> = taken.iter().map(|own| own.client_id.as_str()).collect();
        assert_eq!(clients, ["one", "two_2"]);
        assert!(taken.iter().all(|own| own.user_pool.provider_name() == NAME));
        assert!(providers(None).unwrap().is_empty());
        for (name, client) in [
            ("accounts.google.com", "one"),
            ("", "one"),
            ("us-east-1_aB3dE6gH9", "one"),
            ("cognito-idp.eu-west-1.amazonaws.com/us-east-1_aB3dE6gH9", "one"),
            ("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9", "one"),
            (NAME, ""),
            (NAME, "a:b"),
        ] {
            let refused = providers(Some(vec![provider(name, client)]));
            assert!(matches!(refused, Err(PoolError::Parameter(_))), "{name} {client}");
        }
        let twice = providers(Some(vec![provider(NAME, "one"), provider(NAME, "one")]));
        assert!(matches!(twice, Err(PoolError::Parameter(_))));
    }

    #[test]
    fn a_check_that_would_not_be_made_is_refused() {
        let with = |check| CognitoIdentityProvider {
            server_side_token_check: check,
            ..provider(NAME, "one")
        };
        assert!(providers(Some(vec![with(Some(false))])).is_ok());
        assert!(matches!(
            providers(Some(vec![with(Some(true))])),
            Err(PoolError::NotServed { member: "ServerSideTokenCheck" })
        ));
    }

    #[test]
    fn what_is_not_served_is_refused_rather_than_ignored() {
        let input = || CreateIdentityPoolInput {
            identity_pool_name: "my pool, +1=@x.y-z".to_owned(),
            ..CreateIdentityPoolInput::default()
        };
        assert!(check(&input()).is_ok());
        let arns = || Some(vec!["arn:aws:iam::123456789012:saml-provider/x".to_owned()]);
        let login = BTreeMap::from([("graph.facebook.com".to_owned(), "1".to_owned())]);
        for (member, changed) in [
            (
                "DeveloperProviderName",
                CreateIdentityPoolInput {
                    developer_provider_name: Some("login.example".to_owned()),
                    ..input()
                },
            ),
            ("SamlProviderARNs", CreateIdentityPoolInput { saml_provider_arns: arns(), ..input() }),
            (
                "OpenIdConnectProviderARNs",
                CreateIdentityPoolInput { open_id_connect_provider_arns: arns(), ..input() },
            ),
            (
                "SupportedLoginProviders",
                CreateIdentityPoolInput { supported_login_providers: Some(login), ..input() },
            ),
        ] {
            let refused = check(&changed);
            assert!(matches!(refused, Err(PoolError::NotServed { member: m }) if m == member));
        }
        for name in ["a/b", "a*", "ä", "a:b"] {
            let named = CreateIdentityPoolInput { identity_pool_name: name.to_owned(), ..input() };
            assert!(matches!(check(&named), Err(PoolError::Member(_))), "{name}");
        }
    }
}
