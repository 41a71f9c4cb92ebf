use std::sync::Arc;

use directory::{User, UserKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::Uuid;
use wire::cognito_idp::{GlobalSignOutRequest, GlobalSignOutResponse};

use crate::{UserPools, error::UserPoolsError};

/// [`GlobalSignOut`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GlobalSignOut.html)
///
/// No refresh token that was given out until now refreshes any more, and no access token is good for
/// an operation of the pool. Whoever checks a token by its signature alone takes it until it expires.
pub(crate) struct GlobalSignOut(pub(crate) Arc<UserPools>);

impl Operation for GlobalSignOut {
    type Wire = wire::cognito_idp::GlobalSignOut;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, _: &GlobalSignOutRequest) -> Result<Vec<Need>, UserPoolsError> {
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GlobalSignOutResponse, UserPoolsError> {
        let bearer = self.0.bearer(&request, &request.input.access_token).await?;
        self.0.sign_out_everywhere(&bearer.key, bearer.claims.sub).await?;
        Ok(GlobalSignOutResponse {})
    }
}

impl UserPools {
    /// Ends every sign-in of the user, if it is still the one with this `sub`.
    pub(crate) async fn sign_out_everywhere(
        &self,
        key: &UserKey,
        sub: Uuid,
    ) -> Result<(), UserPoolsError> {
        let now = self.clock.now();
        let updated = self.directory.update::<User, _, UserPoolsError>(key, |user| {
            if user.sub != sub {
                return Err(UserPoolsError::NoSuchUser);
            }
            user.signed_out = user.signed_out.max(Some(now));
            Ok(())
        });
        updated.await?.ok_or(UserPoolsError::NoSuchUser)
    }
}
