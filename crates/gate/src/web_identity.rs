//! The principal of an operation whose caller is whom a token speaks of.

use std::collections::BTreeMap;

use directory::{PublicId, TokenKey, TokenKeyKey, TokenPurpose};
use tokens::{PublicKey, SessionTagClaim, TokenError};
use types::IdentityPoolId;
use wire::{Fault, Refusal, Service, sts::ErrorCode};

use crate::{Gate, Principal, WebIdentity};

/// How policies name the provider of identity pools.
pub(crate) const COGNITO_IDENTITY: &str = "cognito-identity.amazonaws.com";

impl Gate {
    /// Checks a web identity token, and gives whom it speaks of.
    ///
    /// The only provider is the identity pools of this installation: its tokens are checked with the
    /// keys of the pool that is their audience, wherever that pool belongs. Whether a role trusts
    /// them is decided afterwards, by the role's trust policy.
    ///
    /// Source: STS API Reference, `AssumeRoleWithWebIdentity`, *Errors*.
    pub(crate) async fn web_identity(&self, token: Option<&str>) -> Result<Principal, Fault> {
        let token = token.ok_or_else(|| {
            Refusal::InvalidValue.fault(Service::Sts, "WebIdentityToken must not be empty")
        })?;
        let issuer = tokens::unverified_issuer(token).map_err(|error| refused(&error))?;
        if issuer != tokens::IDENTITY_TOKEN_ISSUER {
            let message = "No OpenIDConnect provider found in your account for the token's issuer";
            return Err(Fault::new(ErrorCode::InvalidIdentityToken, message));
        }
        let claimed = tokens::unverified_audience(token).map_err(|error| refused(&error))?;
        let pool: IdentityPoolId = claimed.parse().map_err(|_| refused(&TokenError::Unverified))?;
        let keys = self.identity_token_keys(&pool).await.map_err(|error| {
            tracing::error!(%error, "the keys of an identity pool cannot be read");
            Refusal::Unavailable.fault(Service::Sts, "the identity pool's keys cannot be read")
        })?;
        let claims = tokens::verify_identity_token(token, &keys, &pool, self.now())
            .map_err(|error| refused(&error))?
            .into_claims();
        Ok(Principal::WebIdentity(Box::new(WebIdentity {
            provider: COGNITO_IDENTITY,
            sub: claims.sub.to_string(),
            aud: claims.aud.to_string(),
            amr: claims.amr,
            tags: claims.tags.map(session_tags).unwrap_or_default(),
        })))
    }

    async fn identity_token_keys(
        &self,
        pool: &IdentityPoolId,
    ) -> Result<Vec<PublicKey>, directory::Error> {
        let id = PublicId::IdentityPool(pool.clone());
        let Some((owner, _)) = self.public_resource(id).await? else {
            return Ok(Vec::new());
        };
        let key =
            TokenKeyKey { owner, pool: pool.to_string(), purpose: TokenPurpose::IdentityToken };
        let found = self.0.parts.directory.get::<TokenKey>(&key).await?;
        // A key that does not read is as good as none: the token is then not verified.
        Ok(found
            .and_then(|found| PublicKey::from_jwk(&found.record.jwk).ok())
            .into_iter()
            .collect())
    }
}

fn session_tags(claim: SessionTagClaim) -> BTreeMap<String, String> {
    claim.principal_tags.into_iter().map(|(key, [value])| (key, value)).collect()
}

fn refused(error: &TokenError) -> Fault {
    let code = match error {
        TokenError::Expired { .. } => ErrorCode::ExpiredTokenException,
        TokenError::Malformed(_)
        | TokenError::Unverified
        | TokenError::MissingClaim(_)
        | TokenError::WrongIssuer { .. }
        | TokenError::NotYet { .. }
        | TokenError::WrongAudience { .. }
        | TokenError::WrongUse { .. } => ErrorCode::InvalidIdentityToken,
    };
    Fault::new(code, error.to_string())
}
