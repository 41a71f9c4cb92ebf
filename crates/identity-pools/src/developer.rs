//! What the operations on users of an application's own sign-in have in common.

use directory::IdentityPool;

use crate::error::PoolError;

/// Whether this is the name of the pool's developer provider.
pub(crate) fn check_provider(pool: &IdentityPool, name: &str) -> Result<(), PoolError> {
    if pool.developer_provider.as_deref() == Some(name) {
        return Ok(());
    }
    let message = format!("{name:?} is not the developer provider of this identity pool");
    Err(PoolError::Parameter(message))
}

/// The name of the pool's developer provider.
pub(crate) fn provider(pool: &IdentityPool) -> Result<&str, PoolError> {
    pool.developer_provider.as_deref().ok_or_else(|| {
        PoolError::Parameter("This identity pool has no developer provider".to_owned())
    })
}
