//! Amazon Cognito identity pools: who a login is, and the credentials it gets.
//!
//! A file per operation. A login is checked in full ([`login`]) before anything is looked up by it;
//! the role follows from the token's claims ([`role_choice`]); the credentials come from STS, asked
//! as its client would ask. Keys of user pools are asked of the user pools' own operation, never
//! read.
//!
//! Deliberately absent: sealing of sessions, trust policies, the records of user pools.

mod create_identity_pool;
mod delete_identities;
mod delete_identity_pool;
mod describe_identity;
mod describe_identity_pool;
mod developer;
mod developer_token;
mod error;
mod get_credentials_for_identity;
mod get_id;
mod get_identity_pool_roles;
mod get_open_id_token;
mod get_open_id_token_for_developer_identity;
mod get_principal_tag_attribute_map;
mod guest_policy;
mod identities;
mod identity_shape;
mod ids;
mod linking;
mod list_identities;
mod list_identity_pools;
mod list_tags_for_resource;
mod login;
mod login_error;
mod lookup_developer_identity;
mod merge_developer_identities;
mod pool_shape;
mod pool_token;
mod principal_tag_shape;
mod principal_tags;
mod role_choice;
mod role_shape;
mod set_identity_pool_roles;
mod set_principal_tag_attribute_map;
mod subject;
mod tag_resource;
mod tagged;
mod unlink_developer_identity;
mod unlink_identity;
mod untag_resource;
mod update_identity_pool;

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
    registry.add(delete_identities::DeleteIdentities(pools.clone()));
    registry.add(delete_identity_pool::DeleteIdentityPool(pools.clone()));
    registry.add(describe_identity::DescribeIdentity(pools.clone()));
    registry.add(describe_identity_pool::DescribeIdentityPool(pools.clone()));
    registry.add(get_credentials_for_identity::GetCredentialsForIdentity(pools.clone()));
    registry.add(get_id::GetId(pools.clone()));
    registry.add(get_identity_pool_roles::GetIdentityPoolRoles(pools.clone()));
    registry.add(get_open_id_token::GetOpenIdToken(pools.clone()));
    registry.add(get_open_id_token_for_developer_identity::GetOpenIdTokenForDeveloperIdentity(
        pools.clone(),
    ));
    registry.add(get_principal_tag_attribute_map::GetPrincipalTagAttributeMap(pools.clone()));
    registry.add(list_identities::ListIdentities(pools.clone()));
    registry.add(list_identity_pools::ListIdentityPools(pools.clone()));
    registry.add(list_tags_for_resource::ListTagsForResource(pools.clone()));
    registry.add(lookup_developer_identity::LookupDeveloperIdentity(pools.clone()));
    registry.add(merge_developer_identities::MergeDeveloperIdentities(pools.clone()));
    registry.add(set_identity_pool_roles::SetIdentityPoolRoles(pools.clone()));
    registry.add(set_principal_tag_attribute_map::SetPrincipalTagAttributeMap(pools.clone()));
    registry.add(tag_resource::TagResource(pools.clone()));
    registry.add(unlink_developer_identity::UnlinkDeveloperIdentity(pools.clone()));
    registry.add(unlink_identity::UnlinkIdentity(pools.clone()));
    registry.add(untag_resource::UntagResource(pools.clone()));
    registry.add(update_identity_pool::UpdateIdentityPool(pools.clone()));
}
