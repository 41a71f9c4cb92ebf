//! The IAM service: roles and their inline policies, as AWS operations.
//!
//! A file per operation. What a policy says is checked here when it is written ([`documents`]);
//! what it means is decided by the gate, which reads the same records. Users, groups and managed
//! policies are not served.

mod create_role;
mod delete_role;
mod delete_role_policy;
mod documents;
mod error;
mod get_role;
mod get_role_policy;
mod list_role_policies;
mod list_roles;
mod names;
mod put_role_policy;
mod roles;
mod update_assume_role_policy;

use std::sync::Arc;

use directory::Directory;
use gate::Registry;
use types::{Clock, Entropy};

/// What the service stands on.
pub struct Access {
    /// Typed records.
    pub directory: Directory,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance, for unique ids.
    pub entropy: Arc<dyn Entropy>,
}

/// Adds the service's operations.
pub fn register(access: &Arc<Access>, registry: &mut Registry) {
    registry.add(create_role::CreateRole(access.clone()));
    registry.add(delete_role::DeleteRole(access.clone()));
    registry.add(delete_role_policy::DeleteRolePolicy(access.clone()));
    registry.add(get_role::GetRole(access.clone()));
    registry.add(get_role_policy::GetRolePolicy(access.clone()));
    registry.add(list_role_policies::ListRolePolicies(access.clone()));
    registry.add(list_roles::ListRoles(access.clone()));
    registry.add(put_role_policy::PutRolePolicy(access.clone()));
    registry.add(update_assume_role_policy::UpdateAssumeRolePolicy(access.clone()));
}
