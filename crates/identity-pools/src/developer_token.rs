//! Logins of users of an application's own sign-in: tokens that `GetOpenIdTokenForDeveloperIdentity`
//! gave for them.
//!
//! Source: Amazon Cognito Developer Guide, *Developer-authenticated identities*.

use directory::{
    DEVELOPER_LOGINS, IdentityPool, IdentityPoolKey, Login, LoginKey, TokenKey, TokenKeyKey,
    TokenPurpose,
};
use tokens::{Checked, IDENTITY_TOKEN_ISSUER, IdentityTokenClaims, PublicKey, TokenError};
use types::{IdentityId, SecretString, Timestamp};

use crate::{
    IdentityPools,
    login_error::{InvalidToken, LoginError},
};

/// A login whose token this identity pool gave itself, at the word of the application's back end.
pub(crate) struct DeveloperLogin {
    /// Who it is there.
    pub(crate) user: String,
    /// The identity that the token speaks of.
    pub(crate) identity: IdentityId,
    /// The token.
    pub(crate) token: SecretString,
}

/// Checks such a token, and that its user still has the identity it speaks of: one who was unlinked,
/// or whose name is another's by now, is nobody.
pub(crate) async fn check(
    pools: &IdentityPools,
    key: &IdentityPoolKey,
    pool: &IdentityPool,
    token: &SecretString,
) -> Result<DeveloperLogin, LoginError> {
    let provider = pool.developer_provider.as_deref().ok_or(LoginError::UnsupportedProvider)?;
    if tokens::unverified_issuer(token.expose())? != IDENTITY_TOKEN_ISSUER {
        return Err(InvalidToken::Issuer.into());
    }
    let place = TokenKeyKey {
        owner: key.owner.clone(),
        pool: key.id.to_string(),
        purpose: TokenPurpose::IdentityToken,
    };
    let own = pools.directory.get::<TokenKey>(&place).await?.ok_or(LoginError::KeyMissing)?;
    let own = PublicKey::from_jwk(&own.record.jwk).map_err(|_| LoginError::KeyMissing)?;
    let claims = verified(token.expose(), &[own], pool, pools.clock.now())?;
    let user = user_of(&claims, provider).ok_or(LoginError::UnsupportedProvider)?;
    let place = LoginKey {
        owner: key.owner.clone(),
        pool: key.id.clone(),
        provider: DEVELOPER_LOGINS.to_owned(),
        subject: user.clone(),
    };
    let linked = pools.directory.get::<Login>(&place).await?;
    if linked.is_none_or(|linked| linked.record.identity != claims.sub) {
        return Err(LoginError::AnothersLogin);
    }
    Ok(DeveloperLogin { user, identity: claims.sub.clone(), token: token.clone() })
}

fn verified(
    token: &str,
    keys: &[PublicKey],
    pool: &IdentityPool,
    now: Timestamp,
) -> Result<Checked<IdentityTokenClaims>, TokenError> {
    tokens::verify_identity_token(token, keys, &pool.id, now)
}

/// How a developer-authenticated user was authenticated, as `cognito-identity.amazonaws.com:amr` has
/// it beside `authenticated`.
pub(crate) fn methods(provider: &str, pool: &str, user: &str) -> [String; 2] {
    [provider.to_owned(), format!("{}{user}", prefix(provider, pool))]
}

fn prefix(provider: &str, pool: &str) -> String {
    format!("{provider}:{pool}:")
}

/// The user that a checked token of the pool names. The pool's other tokens (`GetOpenIdToken`) name
/// none: whoever has one cannot make it last by handing it in.
fn user_of(claims: &IdentityTokenClaims, provider: &str) -> Option<String> {
    let prefix = prefix(provider, &claims.aud.to_string());
    claims.amr.iter().find_map(|method| method.strip_prefix(&prefix)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e";

    fn claims(amr: &[&str]) -> IdentityTokenClaims {
        IdentityTokenClaims {
            sub: "us-east-1:7c9e6679-7425-40de-944b-e07fc1f90ae7".parse().unwrap(),
            aud: POOL.parse().unwrap(),
            amr: amr.iter().map(|method| (*method).to_owned()).collect(),
            iss: IDENTITY_TOKEN_ISSUER.to_owned(),
            exp: Timestamp::UNIX_EPOCH,
            iat: Timestamp::UNIX_EPOCH,
            tags: None,
        }
    }

    #[test]
    fn the_user_is_read_as_it_was_written_whatever_it_is_called() {
        for user in ["ada", "a:b", "us-east-1:x:y", "login.example:", " "] {
            let [provider, method] = methods("login.example", POOL, user);
            assert_eq!(provider, "login.example");
            let claims = claims(&["authenticated", &provider, &method]);
            assert_eq!(user_of(&claims, "login.example").as_deref(), Some(user));
            assert_eq!(user_of(&claims, "login"), None);
            assert_eq!(user_of(&claims, "other.example"), None);
        }
    }

    #[test]
    fn tokens_of_other_logins_and_of_guests_name_no_user() {
        let provider = "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9";
        let signed_in = format!("{provider}:CognitoSignIn:0f8fad5b-d9cb-469f-a165-70867728950e");
        for amr in [&["unauthenticated"][..], &["authenticated", provider, &signed_in]] {
            assert_eq!(user_of(&claims(amr), "login.example"), None);
        }
    }
}
