//! The token of an identity pool: which identity this is, for STS to check.

use std::sync::Arc;

use directory::{TokenKey, TokenKeyKey, TokenPurpose};
use tokens::{IDENTITY_TOKEN_ISSUER, IdentityTokenClaims};
use types::{SignedDuration, Timestamp};

use crate::{IdentityPools, login::CheckedLogin, login_error::LoginError, subject::Subject};

/// How long a token lives. Source: the API reference, `GetOpenIdToken`.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// The token of whoever was proved to be this identity.
pub(crate) async fn make(pools: &IdentityPools, subject: &Subject) -> Result<String, LoginError> {
    let key = TokenKeyKey {
        owner: subject.key.owner.clone(),
        pool: subject.key.id.to_string(),
        purpose: TokenPurpose::IdentityToken,
    };
    let found = pools.directory.get::<TokenKey>(&key).await?.ok_or(LoginError::KeyMissing)?;
    let claims = claims(subject, pools.clock.now());
    let ring = Arc::clone(&pools.ring);
    let signed = pools.workers.run(move || -> Result<String, LoginError> {
        let signing = found.record.open(&key, &ring)?;
        Ok(tokens::sign(&signing, &claims)?)
    });
    signed.await?
}

fn claims(subject: &Subject, now: Timestamp) -> IdentityTokenClaims {
    IdentityTokenClaims {
        sub: subject.identity.id.clone(),
        aud: subject.key.id.clone(),
        amr: authentication_methods(&subject.logins),
        iss: IDENTITY_TOKEN_ISSUER.to_owned(),
        exp: now.checked_add(LIFETIME).unwrap_or(now),
        iat: now,
        tags: None,
    }
}

/// How the identity was authenticated, as `cognito-identity.amazonaws.com:amr` has it.
///
/// Source: IAM User Guide, *IAM and AWS STS condition context keys*; see `docs/aws-behaviour.md`,
/// section 3.
fn authentication_methods(logins: &[CheckedLogin]) -> Vec<String> {
    let logins = logins.iter().map(|login| (login.provider.as_str(), login.subject()));
    methods_of(logins)
}

fn methods_of<'a>(logins: impl ExactSizeIterator<Item = (&'a str, String)>) -> Vec<String> {
    if logins.len() == 0 {
        return vec!["unauthenticated".to_owned()];
    }
    let mut methods = vec!["authenticated".to_owned()];
    for (provider, subject) in logins {
        methods.push(provider.to_owned());
        methods.push(format!("{provider}:CognitoSignIn:{subject}"));
    }
    methods
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_name_the_provider_and_the_person() {
        let provider = "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9";
        let sub = "0f8fad5b-d9cb-469f-a165-70867728950e";
        assert_eq!(
            methods_of([(provider, sub.to_owned())].into_iter()),
            ["authenticated", provider, &format!("{provider}:CognitoSignIn:{sub}")]
        );
        assert_eq!(methods_of(std::iter::empty()), ["unauthenticated"]);
    }
}
