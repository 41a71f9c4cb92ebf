//! Logins: tokens of user pools, and of an application's own sign-in, checked in full.

use std::collections::BTreeMap;

use directory::{DEVELOPER_LOGINS, IdentityPool, IdentityPoolKey, IdentityProvider};
use gate::{Authorized, ServicePrincipal};
use tokens::{Checked, IdTokenClaims, Issuers, JwkSet, PublicKey};
use types::{SecretString, Timestamp, UserPoolId};
use wire::{
    ErrorCode as _, Fault, cognito_idp,
    introspection::{IntrospectToken, IntrospectTokenRequest},
    oidc::GetJsonWebKeySet,
};

use crate::{
    IdentityPools, SERVICE_PRINCIPAL,
    developer_token::{self, DeveloperLogin},
    ids::pool_arn,
    linking::{LinkError, Subjects},
    login_error::{InvalidToken, LoginError},
};

/// The `Logins` of a request: tokens by the providers' names.
pub(crate) type Logins = BTreeMap<String, SecretString>;

/// A login whose token is good for this identity pool.
pub(crate) struct CheckedLogin {
    /// The provider's name, such as `cognito-idp.REGION.amazonaws.com/POOL`.
    pub(crate) provider: String,
    /// The token.
    pub(crate) token: Checked<IdTokenClaims>,
}

impl CheckedLogin {
    /// Who it is at the provider.
    pub(crate) fn subject(&self) -> String {
        self.token.sub.to_string()
    }
}

/// The logins of a request, all checked.
#[derive(Default)]
pub(crate) struct CheckedLogins {
    /// Those of user pools, in the order of their providers' names.
    pub(crate) of_user_pools: Vec<CheckedLogin>,
    /// That of the application's own sign-in.
    pub(crate) developer: Option<DeveloperLogin>,
}

impl CheckedLogins {
    /// Whether there are none, so that it is a guest who asks.
    pub(crate) fn is_empty(&self) -> bool {
        self.of_user_pools.is_empty() && self.developer.is_none()
    }

    /// Adds one of a user pool, of which there is none yet: it may go by two names.
    fn add(&mut self, login: CheckedLogin) -> Result<(), LinkError> {
        match self.of_user_pools.binary_search_by(|own| own.provider.cmp(&login.provider)) {
            Ok(_) => Err(LinkError::SameProvider),
            Err(place) => {
                self.of_user_pools.insert(place, login);
                Ok(())
            }
        }
    }

    /// Who it is at each provider.
    pub(crate) fn subjects(&self) -> Subjects {
        let of_user_pools = self.of_user_pools.iter();
        let mut subjects: Subjects =
            of_user_pools.map(|login| (login.provider.clone(), login.subject())).collect();
        if let Some(login) = &self.developer {
            subjects.insert(DEVELOPER_LOGINS.to_owned(), login.user.clone());
        }
        subjects
    }
}

/// Checks every login of a request to an identity pool.
///
/// # Errors
/// The first that is not good.
pub(crate) async fn check<O: wire::Operation>(
    pools: &IdentityPools,
    request: &Authorized<O>,
    key: &IdentityPoolKey,
    pool: &IdentityPool,
    logins: &Logins,
) -> Result<CheckedLogins, LoginError> {
    let mut checked = CheckedLogins::default();
    for (provider, token) in logins {
        if provider == DEVELOPER_LOGINS {
            checked.developer = Some(developer_token::check(pools, key, pool, token).await?);
            continue;
        }
        let clients = configured(pool, &pools.issuers, provider)?;
        let user_pool = &clients.user_pool;
        let asking = Asking { request, key, user_pool };
        let keys = asking.keys().await?;
        let now = pools.clock.now();
        let ids: Vec<&str> = clients.providers.iter().map(|own| own.client_id.as_str()).collect();
        let token = check_token(token.expose(), &keys, &pools.issuers, user_pool, &ids, now)?;
        let mut of_client = clients.providers.iter().filter(|own| own.client_id == token.aud);
        if of_client.any(|own| own.server_side_token_check) {
            asking.must_be_active(&token).await?;
        }
        checked.add(CheckedLogin { provider: user_pool.provider_name(), token })?;
    }
    Ok(checked)
}

/// The clients of one user pool whose tokens an identity pool takes; at least one.
struct Clients<'a> {
    user_pool: UserPoolId,
    providers: Vec<&'a IdentityProvider>,
}

/// The user pool that a provider's name stands for in this identity pool: the name that AWS gives it, or
/// the one that clients such as Amplify take from the token, which on AWS are the same.
fn configured<'a>(
    pool: &'a IdentityPool,
    issuers: &Issuers,
    provider: &str,
) -> Result<Clients<'a>, LoginError> {
    let of_provider = |own: &&IdentityProvider| {
        let user_pool = &own.user_pool;
        user_pool.provider_name() == provider || issuers.login_name(user_pool) == provider
    };
    let providers: Vec<_> = pool.providers.iter().filter(of_provider).collect();
    let user_pool = providers.first().ok_or(LoginError::UnsupportedProvider)?.user_pool.clone();
    Ok(Clients { user_pool, providers })
}

/// An identity pool that asks a user pool.
struct Asking<'a, O: wire::Operation> {
    request: &'a Authorized<O>,
    key: &'a IdentityPoolKey,
    user_pool: &'a UserPoolId,
}

impl<O: wire::Operation> Asking<'_, O> {
    async fn call<P: wire::Operation>(&self, input: P::Input) -> Result<P::Output, Fault> {
        let owner = &self.key.owner;
        let source_account = *owner.account();
        let service = ServicePrincipal {
            name: SERVICE_PRINCIPAL,
            source_arn: pool_arn(owner.region(), source_account, &self.key.id.to_string()),
            source_account,
        };
        self.request.call::<P>(service, self.user_pool.region().clone(), input).await
    }

    /// The keys of the user pool. None if there is no such pool, so that no token of it can be
    /// verified.
    async fn keys(&self) -> Result<Vec<PublicKey>, LoginError> {
        parsed(self.call::<GetJsonWebKeySet>(self.user_pool.clone()).await)
    }

    /// `ServerSideTokenCheck`: whether the user is still there, and was not signed out since. Without
    /// it AWS takes a token until it expires. Source: API reference, `CognitoIdentityProvider`.
    async fn must_be_active(&self, token: &Checked<IdTokenClaims>) -> Result<(), LoginError> {
        let asked = IntrospectTokenRequest {
            user_pool_id: self.user_pool.clone(),
            sub: token.sub,
            origin_jti: token.origin_jti,
            auth_time: token.auth_time,
        };
        match self.call::<IntrospectToken>(asked).await {
            Ok(told) if told.active => Ok(()),
            Ok(_) => Err(InvalidToken::Revoked.into()),
            Err(fault) => {
                tracing::error!(%fault, "a user pool did not say whether a token is active");
                Err(LoginError::Unanswered)
            }
        }
    }
}

fn parsed(set: Result<JwkSet, Fault>) -> Result<Vec<PublicKey>, LoginError> {
    let missing = cognito_idp::ErrorCode::ResourceNotFoundException.code();
    let set = match set {
        Ok(set) => set,
        Err(fault) if fault.code() == missing => return Ok(Vec::new()),
        Err(fault) => {
            tracing::error!(%fault, "the keys of a user pool were not given");
            return Err(LoginError::Unanswered);
        }
    };
    let keys = set.keys.iter().map(PublicKey::from_jwk).collect::<Result<_, _>>();
    keys.map_err(|error| {
        tracing::error!(%error, "the keys of a user pool cannot be read");
        LoginError::Unanswered
    })
}

/// Signature, issuer, times, audience and use. In place: a verification takes less than handing it
/// to another thread.
fn check_token(
    token: &str,
    keys: &[PublicKey],
    issuers: &Issuers,
    user_pool: &UserPoolId,
    clients: &[&str],
    now: Timestamp,
) -> Result<Checked<IdTokenClaims>, LoginError> {
    let issuer = issuers.issuer(user_pool);
    // Which of two refusals: whoever sends one pool's token as another's is told so.
    if tokens::unverified_issuer(token)? != issuer {
        return Err(InvalidToken::Issuer.into());
    }
    Ok(tokens::verify_id_token(token, keys, &issuer, clients, now)?)
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use serde_json::{Value, json};
    use tokens::SigningKey;

    use super::*;
    use crate::pool_shape::tests::pool;

    const NOW: i64 = 1_700_000_000;
    const CLIENT: &str = "1example23456789";

    fn key() -> &'static SigningKey {
        static KEY: OnceLock<SigningKey> = OnceLock::new();
        KEY.get_or_init(|| SigningKey::generate().unwrap())
    }

    fn user_pool() -> UserPoolId {
        "us-east-1_aB3dE6gH9".parse().unwrap()
    }

    fn issuers() -> Issuers {
        Issuers::PublicUrl("http://localhost:4566".to_owned())
    }

    fn claims() -> Value {
        json!({
            "sub": "0f8fad5b-d9cb-469f-a165-70867728950e",
            "iss": issuers().issuer(&user_pool()),
            "aud": CLIENT,
            "token_use": "id",
            "auth_time": NOW,
            "iat": NOW,
            "exp": NOW + 3600,
            "jti": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
            "cognito:username": "admin",
            "cognito:groups": ["admin"],
        })
    }

    fn with(changes: &[(&str, Value)]) -> Value {
        let mut claims = claims();
        for (name, value) in changes {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(*name)),
                value => claims[*name] = value.clone(),
            }
        }
        claims
    }

    fn checked_by(
        signing: &SigningKey,
        claims: &Value,
        now: i64,
    ) -> Result<Checked<IdTokenClaims>, LoginError> {
        let token = tokens::sign(signing, claims).unwrap();
        let keys = [PublicKey::from_jwk(key().jwk()).unwrap()];
        let now = Timestamp::from_second(now).unwrap();
        check_token(&token, &keys, &issuers(), &user_pool(), &["other", CLIENT], now)
    }

    fn refusal(claims: &Value, now: i64) -> (&'static str, String) {
        let Err(error) = checked_by(key(), claims, now) else { panic!("it was taken: {claims}") };
        let fault = Fault::from(error);
        (fault.code(), fault.message().to_owned())
    }

    #[test]
    fn a_good_token_says_who_it_is() {
        let token = checked_by(key(), &claims(), NOW).unwrap();
        let login = CheckedLogin { provider: user_pool().provider_name(), token };
        assert_eq!(login.subject(), "0f8fad5b-d9cb-469f-a165-70867728950e");
        assert_eq!(login.token.raw()["cognito:groups"], json!(["admin"]));
        assert!(checked_by(key(), &claims(), NOW + 3599).is_ok());
    }

    #[test]
    fn each_refusal_has_the_words_of_aws() {
        let expired = format!("Invalid login token. Token expired: {0} >= {0}", NOW + 3600);
        let table = [
            (claims(), NOW + 3600, &*expired),
            (
                with(&[("iss", json!("http://localhost:4566/us-east-1_another11"))]),
                NOW,
                "Invalid login token. Issuer doesn't match providerName",
            ),
            (
                with(&[("iss", json!(Issuers::Aws.issuer(&user_pool())))]),
                NOW,
                "Invalid login token. Issuer doesn't match providerName",
            ),
            (
                with(&[("aud", json!("another"))]),
                NOW,
                "Token is not from a supported provider of this identity pool.",
            ),
            (
                with(&[("aud", json!([CLIENT]))]),
                NOW,
                "Token is not from a supported provider of this identity pool.",
            ),
            // An access token.
            (
                with(&[
                    ("aud", Value::Null),
                    ("client_id", json!(CLIENT)),
                    ("token_use", json!("access")),
                    ("username", json!("admin")),
                ]),
                NOW,
                "Invalid login token. Missing a required claim: aud",
            ),
            // An access token for a resource server of the name of the client.
            (
                with(&[("token_use", json!("access"))]),
                NOW,
                "Invalid login token. Token is not an identity token: its token_use is not id",
            ),
            (
                with(&[("exp", Value::Null)]),
                NOW,
                "Invalid login token. Missing a required claim: exp",
            ),
            (
                with(&[("sub", json!("../other"))]),
                NOW,
                "Invalid login token. Not a valid OpenId Connect identity token.",
            ),
        ];
        for (claims, now, message) in table {
            let (code, text) = refusal(&claims, now);
            assert_eq!((code, &*text), ("NotAuthorizedException", message), "{claims}");
        }
        assert_eq!(refusal(&claims(), NOW - 1).0, "NotAuthorizedException");
    }

    #[test]
    fn a_key_of_another_pool_does_not_verify() {
        let another = SigningKey::generate().unwrap();
        let Err(error) = checked_by(&another, &claims(), NOW) else { panic!("it was taken") };
        let fault = Fault::from(error);
        assert_eq!(fault.message(), "Invalid login token. Couldn't verify signed token.");
        // Another pool's token as a whole is known by its issuer, before its key is looked for.
        let theirs = with(&[("iss", json!("http://localhost:4566/us-east-1_another11"))]);
        let refused = checked_by(&another, &theirs, NOW);
        assert!(matches!(refused, Err(LoginError::Token(InvalidToken::Issuer))));
        let none = check_token(
            &tokens::sign(key(), &claims()).unwrap(),
            &parsed(Ok(JwkSet { keys: Vec::new() })).unwrap(),
            &issuers(),
            &user_pool(),
            &[CLIENT],
            Timestamp::from_second(NOW).unwrap(),
        );
        assert!(matches!(none, Err(LoginError::Token(InvalidToken::Unverified))));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let keys = [PublicKey::from_jwk(key().jwk()).unwrap()];
        let now = Timestamp::from_second(NOW).unwrap();
        let good = tokens::sign(key(), &claims()).unwrap();
        let mut parts = good.split('.');
        let payload = parts.nth(1).unwrap().to_owned();
        // {"alg":"none"} with and without a signature.
        let none = format!("eyJhbGciOiJub25lIn0.{payload}.");
        let borrowed = format!("eyJhbGciOiJub25lIn0.{payload}.{}", parts.next().unwrap());
        for (token, message) in [
            ("", "Invalid login token. Not a valid OpenId Connect identity token."),
            ("a.b.c", "Invalid login token. Not a valid OpenId Connect identity token."),
            (&none, "Invalid login token. Couldn't verify signed token."),
            (&borrowed, "Invalid login token. Couldn't verify signed token."),
        ] {
            let refused = check_token(token, &keys, &issuers(), &user_pool(), &[CLIENT], now);
            let Err(error) = refused else { panic!("it was taken: {token}") };
            assert_eq!(Fault::from(error).message(), message, "{token}");
        }
    }

    #[test]
    fn only_configured_providers_and_clients_count() {
        let provider = |pool: &str, client: &str| IdentityProvider {
            user_pool: pool.parse().unwrap(),
            client_id: client.to_owned(),
            server_side_token_check: false,
        };
        let pool = IdentityPool {
            providers: vec![
                provider("us-east-1_aB3dE6gH9", "one"),
                provider("us-east-1_another11", "two"),
                provider("us-east-1_aB3dE6gH9", "three"),
            ],
            ..pool()
        };
        let from_issuer = "localhost:4566/us-east-1_aB3dE6gH9";
        for name in [from_issuer, "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9"] {
            let found = configured(&pool, &issuers(), name).unwrap();
            let clients: Vec<_> = found.providers.iter().map(|own| &*own.client_id).collect();
            assert_eq!(found.user_pool.as_str(), "us-east-1_aB3dE6gH9");
            assert_eq!(clients, ["one", "three"]);
        }
        let elsewhere = configured(&pool, &Issuers::Aws, from_issuer);
        assert!(matches!(elsewhere, Err(LoginError::UnsupportedProvider)));
        for name in [
            "",
            "accounts.google.com",
            "us-east-1_aB3dE6gH9",
            "cognito-idp.us-east-1.amazonaws.com/us-east-1_AB3DE6GH9",
            "cognito-idp.eu-west-1.amazonaws.com/us-east-1_aB3dE6gH9",
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9",
            "http://localhost:4566/us-east-1_aB3dE6gH9",
            "localhost:4567/us-east-1_aB3dE6gH9",
            "localhost:4566/us-east-1_unknown11",
        ] {
            let refused = configured(&pool, &issuers(), name);
            assert!(matches!(refused, Err(LoginError::UnsupportedProvider)), "{name}");
        }
    }

    /// Else the role would be the one's and the identity the other's.
    #[test]
    fn a_user_pool_has_one_login_whatever_it_is_called() {
        let mut logins = CheckedLogins::default();
        let login = |provider: &str| {
            let token = checked_by(key(), &claims(), NOW).unwrap();
            CheckedLogin { provider: provider.to_owned(), token }
        };
        for provider in ["b", "c", "a"] {
            logins.add(login(provider)).unwrap();
        }
        assert_eq!(logins.add(login("b")), Err(LinkError::SameProvider));
        let order = logins.of_user_pools.iter().map(|login| &*login.provider);
        assert_eq!(order.collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn a_user_pool_that_is_gone_has_no_keys_and_one_that_is_silent_is_an_outage() {
        let gone = cognito_idp::ErrorCode::ResourceNotFoundException;
        assert!(parsed(Err(Fault::new(gone, "gone"))).unwrap().is_empty());
        let failed = cognito_idp::ErrorCode::InternalErrorException;
        let Err(error) = parsed(Err(Fault::new(failed, "failed"))) else { panic!("keys") };
        assert_eq!(Fault::from(error).status().as_u16(), 503);
    }
}
