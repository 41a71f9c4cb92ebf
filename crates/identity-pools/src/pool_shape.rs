//! Identity pools as they come in and go out.

use std::collections::BTreeMap;

use directory::{IdentityPool, IdentityPoolKey, IdentityPoolRoles, IdentityProvider};
use gate::{Authorized, Caller, Need, On};
use types::{IdentityPoolId, UserPoolId};
use wire::cognito_identity::{
    CognitoIdentityProvider, CreateIdentityPoolInput, IdentityPool as PoolShape,
};

use crate::{
    IdentityPools,
    error::PoolError,
    ids::{InvalidMember, pool_arn, pool_id},
};

/// How many clients of user pools a pool takes tokens of. Source: Amazon Cognito Developer Guide,
/// *Quotas in Amazon Cognito*.
const PROVIDERS_MAX: usize = 50;

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
) -> Result<IdentityPoolKey, PoolError> {
    let owner = request.owner().ok_or(PoolError::NoAccount)?;
    let id = pool_id(pool)?.ok_or_else(|| PoolError::NoSuchPool(pool.to_owned()))?;
    Ok(IdentityPoolKey { owner, id })
}

/// The caller's pool of that id, with its key.
pub(crate) async fn own_pool<O: wire::Operation>(
    pools: &IdentityPools,
    request: &Authorized<O>,
    pool: &str,
) -> Result<(IdentityPoolKey, IdentityPool), PoolError> {
    let key = own_key(request, pool)?;
    let found = pools.directory.get::<IdentityPool>(&key).await?;
    let found = found.ok_or_else(|| PoolError::NoSuchPool(pool.to_owned()))?;
    Ok((key, found.record))
}

/// What can be said of a pool when it is created or updated, checked.
pub(crate) struct Settings {
    name: String,
    allow_unauthenticated_identities: bool,
    allow_classic_flow: Option<bool>,
    providers: Vec<IdentityProvider>,
    pub(crate) developer_provider: Option<String>,
}

impl Settings {
    /// A pool of these, and nothing else, with this id.
    pub(crate) fn pool(self, id: IdentityPoolId, tags: BTreeMap<String, String>) -> IdentityPool {
        IdentityPool {
            id,
            name: self.name,
            allow_unauthenticated_identities: self.allow_unauthenticated_identities,
            allow_classic_flow: self.allow_classic_flow,
            providers: self.providers,
            developer_provider: self.developer_provider,
            principal_tags: BTreeMap::new(),
            roles: IdentityPoolRoles::default(),
            tags,
        }
    }

    /// Gives them to a pool.
    pub(crate) fn apply(&self, pool: &mut IdentityPool) {
        pool.name.clone_from(&self.name);
        pool.allow_unauthenticated_identities = self.allow_unauthenticated_identities;
        pool.allow_classic_flow = self.allow_classic_flow;
        pool.providers.clone_from(&self.providers);
        pool.developer_provider.clone_from(&self.developer_provider);
    }
}

/// The settings of a request; refuses what would have to be ignored, and what AWS's patterns do not
/// allow.
pub(crate) fn settings(input: CreateIdentityPoolInput) -> Result<Settings, PoolError> {
    check(&input)?;
    Ok(Settings {
        name: input.identity_pool_name,
        allow_unauthenticated_identities: input.allow_unauthenticated_identities,
        allow_classic_flow: input.allow_classic_flow,
        providers: providers(input.cognito_identity_providers)?,
        developer_provider: input.developer_provider_name,
    })
}

/// A pool as a request to update it has it, in the shape of one to create it.
pub(crate) fn as_created(pool: PoolShape) -> CreateIdentityPoolInput {
    CreateIdentityPoolInput {
        allow_classic_flow: pool.allow_classic_flow,
        allow_unauthenticated_identities: pool.allow_unauthenticated_identities,
        cognito_identity_providers: pool.cognito_identity_providers,
        developer_provider_name: pool.developer_provider_name,
        identity_pool_name: pool.identity_pool_name,
        identity_pool_tags: pool.identity_pool_tags,
        open_id_connect_provider_arns: pool.open_id_connect_provider_arns,
        saml_provider_arns: pool.saml_provider_arns,
        supported_login_providers: pool.supported_login_providers,
    }
}

fn check(input: &CreateIdentityPoolInput) -> Result<(), PoolError> {
    let some = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
    let unserved = [
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
    let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match &input.developer_provider_name {
        Some(name) if !name.chars().all(legal) => Err(InvalidMember {
            member: "developerProviderName",
            value: name.clone(),
            pattern: r"[\w._-]+",
        }
        .into()),
        _ => Ok(()),
    }
}

/// The providers as they are remembered.
fn providers(
    given: Option<Vec<CognitoIdentityProvider>>,
) -> Result<Vec<IdentityProvider>, PoolError> {
    let given = given.unwrap_or_default();
    if given.len() > PROVIDERS_MAX {
        let message = format!("A pool has at most {PROVIDERS_MAX} Cognito identity providers");
        return Err(PoolError::LimitExceeded(message));
    }
    let mut providers: Vec<IdentityProvider> = Vec::new();
    for provider in given {
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
        let same =
            |own: &IdentityProvider| own.user_pool == user_pool && own.client_id == client_id;
        if providers.iter().any(same) {
            let message =
                format!("The provider {name} is there twice with the ClientId {client_id}");
            return Err(PoolError::Parameter(message));
        }
        let server_side_token_check = provider.server_side_token_check.unwrap_or(false);
        providers.push(IdentityProvider { user_pool, client_id, server_side_token_check });
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
        server_side_token_check: Some(provider.server_side_token_check),
    });
    PoolShape {
        allow_classic_flow: pool.allow_classic_flow,
        allow_unauthenticated_identities: pool.allow_unauthenticated_identities,
        cognito_identity_providers: (!pool.providers.is_empty()).then(|| providers.collect()),
        developer_provider_name: pool.developer_provider.clone(),
        identity_pool_id: pool.id.to_string(),
        identity_pool_name: pool.name.clone(),
        identity_pool_tags: Some(pool.tags.clone()).filter(|tags| !tags.is_empty()),
        ..PoolShape::default()
    }
}

/// The labels of a pool (Tagging AWS resources: up to 50, keys up to 128 and values up to 256
/// characters). Those of AWS are set by its services only, and do not count.
pub(crate) fn tags(
    caller: &Caller,
    tags: Option<BTreeMap<String, String>>,
) -> Result<BTreeMap<String, String>, PoolError> {
    let tags = tags.unwrap_or_default();
    if caller.called_via.is_empty()
        && let Some(key) = tags.keys().find(|key| is_of_aws(key))
    {
        let message = format!("The tag key {key:?} begins with aws:, which is reserved");
        return Err(PoolError::Parameter(message));
    }
    check_number(&tags)?;
    Ok(tags)
}

/// How many labels a pool has.
pub(crate) fn check_number(tags: &BTreeMap<String, String>) -> Result<(), PoolError> {
    if tags.keys().filter(|key| !is_of_aws(key)).count() > 50 {
        return Err(PoolError::Parameter("A pool has at most 50 tags".to_owned()));
    }
    Ok(())
}

/// Whether a label's key is one that AWS keeps for itself.
pub(crate) fn is_of_aws(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A pool with nothing special about it.
    pub(crate) fn pool() -> IdentityPool {
        let settings = settings(CreateIdentityPoolInput {
            identity_pool_name: "pool".to_owned(),
            allow_unauthenticated_identities: true,
            ..CreateIdentityPoolInput::default()
        });
        let id = "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap();
        settings.unwrap().pool(id, BTreeMap::new())
    }

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
    fn the_check_of_a_client_is_its_own() {
        let with = |client, check| CognitoIdentityProvider {
            server_side_token_check: check,
            ..provider(NAME, client)
        };
        let given = vec![with("one", Some(true)), with("two", Some(false)), with("three", None)];
        let taken = providers(Some(given)).unwrap();
        let checks: Vec<_> = taken.iter().map(|own| own.server_side_token_check).collect();
        assert_eq!(checks, [true, false, false]);
        // One client is one provider, whatever is checked of it.
        let twice = providers(Some(vec![with("one", Some(true)), with("one", None)]));
        assert!(matches!(twice, Err(PoolError::Parameter(_))));
    }

    #[test]
    fn there_are_at_most_fifty_providers() {
        let many = |count: usize| {
            let clients = (0..count).map(|n| provider(NAME, &format!("client{n}")));
            providers(Some(clients.collect()))
        };
        assert!(many(50).is_ok());
        assert!(matches!(many(51), Err(PoolError::LimitExceeded(_))));
    }

    #[test]
    fn a_developer_provider_has_a_name_of_letters_digits_and_marks() {
        let named = |name: &str| {
            check(&CreateIdentityPoolInput {
                identity_pool_name: "pool".to_owned(),
                developer_provider_name: Some(name.to_owned()),
                ..CreateIdentityPoolInput::default()
            })
        };
        assert!(named("login.my-company.my_app").is_ok());
        for wrong in ["a:b", "a/b", "a b", "ä", "*"] {
            assert!(matches!(named(wrong), Err(PoolError::Member(_))), "{wrong}");
        }
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
