use std::sync::Arc;

use directory::{
    PublicId, RefreshToken, RefreshTokenKey, RevokedOrigin, RevokedOriginKey, User, UserPoolKey,
};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::{Timestamp, Uuid};
use wire::introspection::{IntrospectTokenRequest, IntrospectTokenResponse};

use crate::{UserPools, error::UserPoolsError};

/// Whether a token is still worth anything, for a service that has checked it.
///
/// Source: Amazon Cognito Federated Identities API Reference, `CognitoIdentityProvider`,
/// `ServerSideTokenCheck`. That a disabled user's token is not active is ours
/// (`docs/differences.md`).
pub(crate) struct IntrospectToken(pub(crate) Arc<UserPools>);

impl Operation for IntrospectToken {
    type Wire = wire::introspection::IntrospectToken;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Service;

    fn needs(&self, _: &Caller, _: &IntrospectTokenRequest) -> Result<Vec<Need>, UserPoolsError> {
        // It tells whoever has a checked token what using that token would tell.
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<IntrospectTokenResponse, UserPoolsError> {
        let id = request.input.user_pool_id.clone();
        let found = request.public_owner(PublicId::UserPool(id.clone())).await?;
        let Some((owner, _)) = found else { return Ok(IntrospectTokenResponse { active: false }) };
        let pool = UserPoolKey { owner, id };
        let active = self.0.introspect_token(&pool, &request.input).await?;
        Ok(IntrospectTokenResponse { active })
    }
}

impl UserPools {
    pub(crate) async fn introspect_token(
        &self,
        pool: &UserPoolKey,
        token: &IntrospectTokenRequest,
    ) -> Result<bool, UserPoolsError> {
        let Some((_, found)) = self.user_by_sub(pool, token.sub).await? else { return Ok(false) };
        let user = found.record;
        let signed_in = SignedIn { origin_jti: token.origin_jti, auth_time: token.auth_time };
        Ok(user.enabled && self.is_signed_in(pool, &user, signed_in).await?)
    }

    /// Whether this sign-in of the user still counts: it was not revoked, and the user was not signed
    /// out everywhere since.
    pub(crate) async fn is_signed_in(
        &self,
        pool: &UserPoolKey,
        user: &User,
        sign_in: SignedIn,
    ) -> Result<bool, UserPoolsError> {
        let SignedIn { origin_jti, auth_time } = sign_in;
        let mut exactly = None;
        if let Some(origin_jti) = origin_jti {
            let key = RevokedOriginKey { pool: pool.clone(), user: user.sub, origin_jti };
            if self.directory.get::<RevokedOrigin>(&key).await?.is_some() {
                return Ok(false);
            }
            if user.signed_out.is_some() {
                let key = RefreshTokenKey { pool: pool.clone(), user: user.sub, origin_jti };
                let found = self.directory.get::<RefreshToken>(&key).await?;
                exactly = found.map(|found| found.record.auth_time);
            }
        }
        Ok(!was_signed_out(user.signed_out, auth_time, exactly))
    }
}

/// A sign-in as a token tells of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedIn {
    pub(crate) origin_jti: Option<Uuid>,
    pub(crate) auth_time: Timestamp,
}

/// Whether a sign-in came before the user was signed out.
///
/// A token has whole seconds. Where the sign-in is still remembered, `exactly` says when it was;
/// elsewhere one in the same second counts as one before.
fn was_signed_out(
    signed_out: Option<Timestamp>,
    auth_time: Timestamp,
    exactly: Option<Timestamp>,
) -> bool {
    match (signed_out, exactly) {
        (None, _) => false,
        (Some(signed_out), Some(exactly)) => exactly <= signed_out,
        (Some(signed_out), None) => auth_time.as_second() <= signed_out.as_second(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_counts_only_if_it_came_after_the_last_sign_out() {
        let at = |milliseconds| Timestamp::from_millisecond(milliseconds).unwrap();
        let whole = |milliseconds: i64| at(milliseconds / 1000 * 1000);
        for (signed_out, signed_in, remembered, expected) in [
            (None, 5000, true, false),
            (Some(5500), 5499, true, true),
            (Some(5500), 5500, true, true),
            (Some(5500), 5501, true, false),
            (Some(5500), 5501, false, true),
            (Some(5500), 6000, false, false),
            (Some(5000), 4999, false, true),
        ] {
            let exactly = remembered.then(|| at(signed_in));
            assert_eq!(
                was_signed_out(signed_out.map(at), whole(signed_in), exactly),
                expected,
                "{signed_out:?} {signed_in} {remembered}"
            );
        }
    }
}
