use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::{GetIdInput, GetIdResponse};

use crate::{
    IdentityPools,
    identities::{Asker, Identities},
    login,
    login_error::LoginError,
    subject::find_pool,
};

/// [`GetId`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html)
///
/// One person has one identity in a pool, however often and wherever it is asked for; a guest gets
/// a new one each time.
pub(crate) struct GetId(pub(crate) Arc<IdentityPools>);

impl Operation for GetId {
    type Wire = wire::cognito_identity::GetId;
    type Error = LoginError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, _: &GetIdInput) -> Result<Vec<Need>, LoginError> {
        Ok(Vec::new())
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<GetIdResponse, LoginError> {
        let pools = &*self.0;
        let input = &request.input;
        let (key, pool) = find_pool(&pools.directory, &request, &input.identity_pool_id).await?;
        // Another account has no such pool.
        if input.account_id.as_ref().is_some_and(|id| id != key.owner.account().as_str()) {
            return Err(LoginError::NoSuchPool(input.identity_pool_id.clone()));
        }
        let identities = Identities {
            directory: &pools.directory,
            key: &key,
            pool: &pool,
            asker: Asker::Person,
        };
        let now = pools.clock.now();
        let identity = match &input.logins {
            Some(logins) if !logins.is_empty() => {
                let logins = login::check(pools, &request, &key, &pool, logins).await?;
                identities.of(&logins.subjects(), now, &*pools.entropy).await?
            }
            _ if pool.allow_unauthenticated_identities => {
                identities.guest(now, &*pools.entropy).await?
            }
            _ => return Err(LoginError::NoGuests),
        };
        Ok(GetIdResponse { identity_id: Some(identity.id.to_string()) })
    }
}
