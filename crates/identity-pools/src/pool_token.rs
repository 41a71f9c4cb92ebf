//! The token of an identity pool: which identity this is, for STS to check.

use std::{collections::BTreeMap, sync::Arc};

use directory::{IdentityPoolKey, TokenKey, TokenKeyKey, TokenPurpose};
use tokens::{IDENTITY_TOKEN_ISSUER, IdentityTokenClaims, SessionTagClaim};
use types::{IdentityId, SignedDuration};

use crate::{
    IdentityPools, login::CheckedLogin, login_error::LoginError, principal_tags, subject::Subject,
};

/// How long a token lives. Source: the API reference, `GetOpenIdToken`.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// What a token says.
pub(crate) struct Contents {
    /// Which identity it is for.
    pub(crate) identity: IdentityId,
    /// How that was authenticated.
    pub(crate) methods: Vec<String>,
    /// The tags of the session that it is traded for.
    pub(crate) tags: BTreeMap<String, String>,
    /// How long it is good.
    pub(crate) lifetime: SignedDuration,
}

/// The token of whoever was proved to be this identity. With several logins, the first one brings
/// the tags, as it decides the role.
pub(crate) async fn make(pools: &IdentityPools, subject: &Subject) -> Result<String, LoginError> {
    let of_user_pools = &subject.logins.of_user_pools;
    let tags = match of_user_pools.first() {
        Some(login) => {
            principal_tags::of_claims(&subject.pool, &login.provider, login.token.raw())?
        }
        None => BTreeMap::new(),
    };
    let contents = Contents {
        identity: subject.identity.id.clone(),
        methods: authentication_methods(of_user_pools),
        tags,
        lifetime: LIFETIME,
    };
    sign(pools, &subject.key, contents).await
}

/// A token of the pool.
pub(crate) async fn sign(
    pools: &IdentityPools,
    pool: &IdentityPoolKey,
    contents: Contents,
) -> Result<String, LoginError> {
    let key = TokenKeyKey {
        owner: pool.owner.clone(),
        pool: pool.id.to_string(),
        purpose: TokenPurpose::IdentityToken,
    };
    let found = pools.directory.get::<TokenKey>(&key).await?.ok_or(LoginError::KeyMissing)?;
    let now = pools.clock.now();
    let tags = contents.tags.into_iter().map(|(key, value)| (key, [value]));
    let tags = SessionTagClaim { principal_tags: tags.collect() };
    let claims = IdentityTokenClaims {
        sub: contents.identity,
        aud: pool.id.clone(),
        amr: contents.methods,
        iss: IDENTITY_TOKEN_ISSUER.to_owned(),
        exp: now.checked_add(contents.lifetime).unwrap_or(now),
        iat: now,
        tags: Some(tags).filter(|tags| !tags.principal_tags.is_empty()),
    };
    let ring = Arc::clone(&pools.ring);
    let signed = pools.workers.run(move || -> Result<String, LoginError> {
        let signing = found.record.open(&key, &ring)?;
        Ok(tokens::sign(&signing, &claims)?)
    });
    signed.await?
}

/// How an identity was authenticated by logins of user pools, as `cognito-identity.amazonaws.com:amr`
/// has it; a guest without any.
///
/// Source: IAM User Guide, *IAM and AWS STS condition context keys*; see `docs/aws-behaviour.md`,
/// section 3.
fn authentication_methods(logins: &[CheckedLogin]) -> Vec<String> {
    if logins.is_empty() {
        return vec!["unauthenticated".to_owned()];
    }
    let mut methods = vec!["authenticated".to_owned()];
    methods.extend(logins.iter().flat_map(methods_of));
    methods
}

/// What a login of a user pool adds to `authenticated`.
pub(crate) fn methods_of(login: &CheckedLogin) -> [String; 2] {
    of_user_pool(&login.provider, &login.subject())
}

fn of_user_pool(provider: &str, subject: &str) -> [String; 2] {
    [provider.to_owned(), format!("{provider}:CognitoSignIn:{subject}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_name_the_provider_and_the_person() {
        let provider = "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9";
        let sub = "0f8fad5b-d9cb-469f-a165-70867728950e";
        let expected = [provider, &format!("{provider}:CognitoSignIn:{sub}")];
        assert_eq!(of_user_pool(provider, sub), expected);
        assert_eq!(authentication_methods(&[]), ["unauthenticated"]);
    }
}
