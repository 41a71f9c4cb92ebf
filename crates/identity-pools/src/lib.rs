//! Amazon Cognito identity pools: who a login is, and the credentials it gets.
//!
//! A file per operation. A login is checked in full ([`login`]) before anything is looked up by it;
//! the role follows from the token's claims ([`role_choice`]); the credentials come from STS, asked
//! as its client would ask. Keys of user pools are asked of the user pools' own operation, never
//! read.
//!
//! Deliberately absent: sealing of sessions, trust policies, developer-authenticated identities.

mod create_identity_pool;
mod delete_identity_pool;
mod describe_identity;
mod describe_identity_pool;
mod error;
mod get_credentials_for_identity;
mod get_id;
mod get_identity_pool_roles;
mod get_open_id_token;
mod guest_policy;
mod identities;
mod ids;
mod list_identity_pools;
mod login;
mod login_error;
mod pool_shape;
mod pool_token;
mod role_choice;
mod role_shape;
mod set_identity_pool_roles;
mod subject;

use std::sync::Arc;

use directory::Directory;
use gate::Registry;
use session::KeyRing;
use tokens::Issuers;
use types::{Clock, Entropy};

use workers::Workers;

/// How the service is called where it acts itself.
const SERVICE_PRINCIPAL: &str = "cognito-identity.amazonaws.com";

/// What the service stands on.
pub struct IdentityPools {
    directory: Directory,
    ring: Arc<KeyRing>,
    issuers: Issuers,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    workers: Arc<Workers>,
}

impl IdentityPools {
    /// A service over these records. `issuers` is what user pools issue their tokens as.
    #[must_use]
    pub fn new(
        directory: Directory,
        ring: Arc<KeyRing>,
        issuers: Issuers,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        workers: Arc<Workers>,
    ) -> Self {
        Self { directory, ring, issuers, clock, entropy, workers }
    }
}

/// Adds the service's operations.
pub fn register(pools: &Arc<IdentityPools>, registry: &mut Registry) {
    registry.add(create_identity_pool::CreateIdentityPool(pools.clone()));
    registry.add(delete_identity_pool::DeleteIdentityPool(pools.clone()));
    registry.add(describe_identity::DescribeIdentity(pools.clone()));
    registry.add(describe_identity_pool::DescribeIdentityPool(pools.clone()));
    registry.add(get_credentials_for_identity::GetCredentialsForIdentity(pools.clone()));
    registry.add(get_id::GetId(pools.clone()));
    registry.add(get_identity_pool_roles::GetIdentityPoolRoles(pools.clone()));
    registry.add(get_open_id_token::GetOpenIdToken(pools.clone()));
    registry.add(list_identity_pools::ListIdentityPools(pools.clone()));
    registry.add(set_identity_pool_roles::SetIdentityPoolRoles(pools.clone()));
}
