//! The IAM service: users, groups, roles, their policies and access keys, as AWS operations.
//!
//! A file per operation. What a policy says is checked here when it is written ([`documents`]);
//! what it means is decided by the gate, which reads the same records.

mod access_keys;
mod add_user_to_group;
mod attach_group_policy;
mod attach_role_policy;
mod attach_user_policy;
mod attachments;
mod boundaries;
mod create_access_key;
mod create_group;
mod create_policy;
mod create_policy_version;
mod create_role;
mod create_user;
mod delete_access_key;
mod delete_group;
mod delete_group_policy;
mod delete_policy;
mod delete_policy_version;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod detach_group_policy;
mod detach_role_policy;
mod detach_user_policy;
mod documents;
mod entities;
mod error;
mod get_access_key_last_used;
mod get_group;
mod get_group_policy;
mod get_policy;
mod get_policy_version;
mod get_role;
mod get_role_policy;
mod get_user;
mod get_user_policy;
mod groups;
mod inline_policies;
mod list_access_keys;
mod list_attached_group_policies;
mod list_attached_role_policies;
mod list_attached_user_policies;
mod list_entities_for_policy;
mod list_group_policies;
mod list_groups;
mod list_groups_for_user;
mod list_instance_profiles_for_role;
mod list_policies;
mod list_policy_tags;
mod list_policy_versions;
mod list_role_policies;
mod list_role_tags;
mod list_roles;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod managed_policies;
mod named;
mod names;
mod paging;
mod put_group_policy;
mod put_role_permissions_boundary;
mod put_role_policy;
mod put_user_permissions_boundary;
mod put_user_policy;
mod remove_user_from_group;
mod renaming;
mod roles;
mod set_default_policy_version;
mod tag_policy;
mod tag_role;
mod tag_user;
mod tagging;
#[cfg(test)]
mod testing;
mod untag_policy;
mod untag_role;
mod untag_user;
mod update_access_key;
mod update_assume_role_policy;
mod update_group;
mod update_role;
mod update_role_description;
mod update_user;
mod users;

use std::sync::Arc;

use directory::Directory;
use gate::Registry;
use session::KeyRing;
use types::{Clock, Entropy};

/// What the service stands on.
pub struct Access {
    /// Typed records.
    pub directory: Directory,
    /// What the secrets of access keys are sealed with.
    pub ring: Arc<KeyRing>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance, for unique ids and secrets.
    pub entropy: Arc<dyn Entropy>,
}

/// Adds the service's operations.
pub fn register(access: &Arc<Access>, registry: &mut Registry) {
    registry.add(add_user_to_group::AddUserToGroup(access.clone()));
    registry.add(attach_group_policy::AttachGroupPolicy(access.clone()));
    registry.add(attach_role_policy::AttachRolePolicy(access.clone()));
    registry.add(attach_user_policy::AttachUserPolicy(access.clone()));
    registry.add(create_access_key::CreateAccessKey(access.clone()));
    registry.add(create_group::CreateGroup(access.clone()));
    registry.add(create_policy::CreatePolicy(access.clone()));
    registry.add(create_policy_version::CreatePolicyVersion(access.clone()));
    registry.add(create_role::CreateRole(access.clone()));
    registry.add(create_user::CreateUser(access.clone()));
    registry.add(delete_access_key::DeleteAccessKey(access.clone()));
    registry.add(delete_group::DeleteGroup(access.clone()));
    registry.add(delete_group_policy::DeleteGroupPolicy(access.clone()));
    registry.add(delete_policy::DeletePolicy(access.clone()));
    registry.add(delete_policy_version::DeletePolicyVersion(access.clone()));
    registry.add(delete_role::DeleteRole(access.clone()));
    registry.add(delete_role_permissions_boundary::DeleteRolePermissionsBoundary(access.clone()));
    registry.add(delete_role_policy::DeleteRolePolicy(access.clone()));
    registry.add(delete_user::DeleteUser(access.clone()));
    registry.add(delete_user_permissions_boundary::DeleteUserPermissionsBoundary(access.clone()));
    registry.add(delete_user_policy::DeleteUserPolicy(access.clone()));
    registry.add(detach_group_policy::DetachGroupPolicy(access.clone()));
    registry.add(detach_role_policy::DetachRolePolicy(access.clone()));
    registry.add(detach_user_policy::DetachUserPolicy(access.clone()));
    registry.add(get_access_key_last_used::GetAccessKeyLastUsed(access.clone()));
    registry.add(get_group::GetGroup(access.clone()));
    registry.add(get_group_policy::GetGroupPolicy(access.clone()));
    registry.add(get_policy::GetPolicy(access.clone()));
    registry.add(get_policy_version::GetPolicyVersion(access.clone()));
    registry.add(get_role::GetRole(access.clone()));
    registry.add(get_role_policy::GetRolePolicy(access.clone()));
    registry.add(get_user::GetUser(access.clone()));
    registry.add(get_user_policy::GetUserPolicy(access.clone()));
    registry.add(list_access_keys::ListAccessKeys(access.clone()));
    registry.add(list_attached_group_policies::ListAttachedGroupPolicies(access.clone()));
    registry.add(list_attached_role_policies::ListAttachedRolePolicies(access.clone()));
    registry.add(list_attached_user_policies::ListAttachedUserPolicies(access.clone()));
    registry.add(list_entities_for_policy::ListEntitiesForPolicy(access.clone()));
    registry.add(list_group_policies::ListGroupPolicies(access.clone()));
    registry.add(list_groups::ListGroups(access.clone()));
    registry.add(list_groups_for_user::ListGroupsForUser(access.clone()));
    registry.add(list_instance_profiles_for_role::ListInstanceProfilesForRole(access.clone()));
    registry.add(list_policies::ListPolicies(access.clone()));
    registry.add(list_policy_tags::ListPolicyTags(access.clone()));
    registry.add(list_policy_versions::ListPolicyVersions(access.clone()));
    registry.add(list_role_policies::ListRolePolicies(access.clone()));
    registry.add(list_role_tags::ListRoleTags(access.clone()));
    registry.add(list_roles::ListRoles(access.clone()));
    registry.add(list_user_policies::ListUserPolicies(access.clone()));
    registry.add(list_user_tags::ListUserTags(access.clone()));
    registry.add(list_users::ListUsers(access.clone()));
    registry.add(put_group_policy::PutGroupPolicy(access.clone()));
    registry.add(put_role_permissions_boundary::PutRolePermissionsBoundary(access.clone()));
    registry.add(put_role_policy::PutRolePolicy(access.clone()));
    registry.add(put_user_permissions_boundary::PutUserPermissionsBoundary(access.clone()));
    registry.add(put_user_policy::PutUserPolicy(access.clone()));
    registry.add(remove_user_from_group::RemoveUserFromGroup(access.clone()));
    registry.add(set_default_policy_version::SetDefaultPolicyVersion(access.clone()));
    registry.add(tag_policy::TagPolicy(access.clone()));
    registry.add(tag_role::TagRole(access.clone()));
    registry.add(tag_user::TagUser(access.clone()));
    registry.add(untag_policy::UntagPolicy(access.clone()));
    registry.add(untag_role::UntagRole(access.clone()));
    registry.add(untag_user::UntagUser(access.clone()));
    registry.add(update_access_key::UpdateAccessKey(access.clone()));
    registry.add(update_assume_role_policy::UpdateAssumeRolePolicy(access.clone()));
    registry.add(update_group::UpdateGroup(access.clone()));
    registry.add(update_role::UpdateRole(access.clone()));
    registry.add(update_role_description::UpdateRoleDescription(access.clone()));
    registry.add(update_user::UpdateUser(access.clone()));
}
