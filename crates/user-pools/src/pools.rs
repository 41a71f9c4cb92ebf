//! Finding pools, for the operations on what is in them.

use directory::{Found, UserPool, UserPoolKey};
use gate::{Authorized, Caller, Need, On};
use types::Arn;

use crate::{UserPools, error::UserPoolsError, names::pool_id};

/// What an operation on a pool, or on something in it, needs: the action on the pool.
///
/// Source: Service Authorization Reference, *Amazon Cognito User Pools*.
pub(crate) fn on_pool(
    action: &'static str,
    caller: &Caller,
    pool: &str,
) -> Result<Vec<Need>, UserPoolsError> {
    let id = pool_id(pool)?;
    let account = caller.principal.account().ok_or(UserPoolsError::NoAccount)?;
    let resource = format!("userpool/{id}");
    let arn = Arn::new("cognito-idp", Some(&caller.region), Some(&account), &resource);
    Ok(vec![Need::new(action, On::Own(arn))])
}

/// The key of the caller's pool of this id.
pub(crate) fn pool_key<O: wire::Operation>(
    request: &Authorized<O>,
    pool: &str,
) -> Result<UserPoolKey, UserPoolsError> {
    let owner = request.owner().ok_or(UserPoolsError::NoAccount)?;
    Ok(UserPoolKey { owner, id: pool_id(pool)? })
}

impl UserPools {
    /// The pool under this key.
    pub(crate) async fn pool(&self, key: &UserPoolKey) -> Result<Found<UserPool>, UserPoolsError> {
        let found = self.directory.get::<UserPool>(key).await?;
        found.ok_or_else(|| UserPoolsError::NoSuchPool(key.id.clone()))
    }

    /// The pool that a request speaks of, and its key.
    pub(crate) async fn pool_of<O: wire::Operation>(
        &self,
        request: &Authorized<O>,
        pool: &str,
    ) -> Result<(UserPoolKey, Found<UserPool>), UserPoolsError> {
        let key = pool_key(request, pool)?;
        let found = self.pool(&key).await?;
        Ok((key, found))
    }
}

/// The pool's ARN.
pub(crate) fn pool_arn(key: &UserPoolKey) -> Arn {
    let resource = format!("userpool/{}", key.id);
    Arn::new("cognito-idp", Some(key.owner.region()), Some(key.owner.account()), &resource)
}
