//! Amazon Cognito user pools: users, groups, sign-in and the tokens it gives.
//!
//! A file per operation. A user pool is judged by its own rules here (passwords, lockout, secret
//! hashes); whether the caller may call at all is decided by the gate. A parameter that would change
//! what a pool does, and is not served, is refused by name and never ignored.
//!
//! Deliberately absent: identity pools, IAM, HTTP, and sending mail or SMS.

mod access_token;
mod add_custom_attributes;
mod admin_add_user_to_group;
mod admin_confirm_sign_up;
mod admin_create_user;
mod admin_delete_user;
mod admin_delete_user_attributes;
mod admin_disable_user;
mod admin_enable_user;
mod admin_get_user;
mod admin_initiate_auth;
mod admin_list_groups_for_user;
mod admin_remove_user_from_group;
mod admin_reset_user_password;
mod admin_respond_to_auth_challenge;
mod admin_set_user_password;
mod admin_update_user_attributes;
mod admin_user_global_sign_out;
mod attempts;
mod attributes;
mod by_srp;
mod challenges;
mod change_password;
mod client_settings;
mod clients;
mod codes;
mod confirm_forgot_password;
mod confirm_sign_up;
mod create_group;
mod create_user_pool;
mod create_user_pool_client;
mod create_user_pool_domain;
mod cursor;
mod decoys;
mod delete_group;
mod delete_user;
mod delete_user_attributes;
mod delete_user_pool;
mod delete_user_pool_client;
mod delete_user_pool_domain;
mod delivery;
mod describe_user_pool;
mod describe_user_pool_client;
mod describe_user_pool_domain;
mod domains;
mod error;
mod filter;
mod forgot_password;
mod get_group;
mod get_json_web_key_set;
mod get_open_id_configuration;
mod get_tokens_from_refresh_token;
mod get_user;
mod get_user_attribute_verification_code;
mod global_sign_out;
mod group_role;
mod groups;
mod initiate_auth;
mod introspect_token;
mod issue;
mod list_groups;
mod list_tags_for_resource;
mod list_user_pool_clients;
mod list_user_pools;
mod list_users;
mod list_users_in_group;
mod lockout;
mod names;
mod new_password;
mod new_password_required;
mod password_history;
mod password_policy;
mod passwords;
mod pool_settings;
mod pool_shape;
mod pools;
mod public_client;
mod refresh;
mod resend_confirmation_code;
mod respond;
mod respond_to_auth_challenge;
mod revoke_token;
mod schema;
mod secret_hash;
mod sign_in;
mod sign_in_names;
mod sign_up;
mod tag_resource;
mod tags;
#[cfg(test)]
mod tests;
mod unknown_users;
mod untag_resource;
mod update_group;
mod update_user_attributes;
mod update_user_pool;
mod update_user_pool_client;
mod update_user_pool_domain;
mod users;
mod verify_user_attribute;

use std::sync::Arc;

use directory::Directory;
use gate::Registry;
use session::KeyRing;
use tokens::Issuers;
use types::{Clock, Entropy};

use workers::Workers;

use crate::unknown_users::PlacesKey;

/// What the service stands on.
pub struct Parts {
    /// Typed records.
    pub directory: Directory,
    /// What secrets, private keys and pagination tokens are sealed with.
    pub ring: Arc<KeyRing>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Under which names pools issue their tokens.
    pub issuers: Issuers,
    /// Where this installation is reached, without a slash at its end: where keys are found.
    pub public_url: String,
    /// Who hashes passwords, and makes and uses keys.
    pub workers: Arc<Workers>,
}

/// The service.
pub struct UserPools {
    directory: Directory,
    ring: Arc<KeyRing>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    issuers: Issuers,
    public_url: String,
    workers: Arc<Workers>,
    places_key: PlacesKey,
}

impl UserPools {
    /// The service.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { directory, ring, clock, entropy, issuers, public_url, workers } = parts;
        let places_key = PlacesKey::random(&*entropy);
        Self { directory, ring, clock, entropy, issuers, public_url, workers, places_key }
    }
}

/// Adds the service's operations.
pub fn register(pools: &Arc<UserPools>, registry: &mut Registry) {
    registry.add(add_custom_attributes::AddCustomAttributes(pools.clone()));
    registry.add(admin_add_user_to_group::AdminAddUserToGroup(pools.clone()));
    registry.add(admin_create_user::AdminCreateUser(pools.clone()));
    registry.add(admin_delete_user::AdminDeleteUser(pools.clone()));
    registry.add(admin_delete_user_attributes::AdminDeleteUserAttributes(pools.clone()));
    registry.add(admin_disable_user::AdminDisableUser(pools.clone()));
    registry.add(admin_enable_user::AdminEnableUser(pools.clone()));
    registry.add(admin_get_user::AdminGetUser(pools.clone()));
    registry.add(admin_initiate_auth::AdminInitiateAuth(pools.clone()));
    registry.add(admin_list_groups_for_user::AdminListGroupsForUser(pools.clone()));
    registry.add(admin_remove_user_from_group::AdminRemoveUserFromGroup(pools.clone()));
    registry.add(admin_respond_to_auth_challenge::AdminRespondToAuthChallenge(pools.clone()));
    registry.add(admin_set_user_password::AdminSetUserPassword(pools.clone()));
    registry.add(admin_update_user_attributes::AdminUpdateUserAttributes(pools.clone()));
    registry.add(admin_confirm_sign_up::AdminConfirmSignUp(pools.clone()));
    registry.add(admin_reset_user_password::AdminResetUserPassword(pools.clone()));
    registry.add(change_password::ChangePassword(pools.clone()));
    registry.add(confirm_forgot_password::ConfirmForgotPassword(pools.clone()));
    registry.add(confirm_sign_up::ConfirmSignUp(pools.clone()));
    registry.add(forgot_password::ForgotPassword(pools.clone()));
    registry
        .add(get_user_attribute_verification_code::GetUserAttributeVerificationCode(pools.clone()));
    registry.add(resend_confirmation_code::ResendConfirmationCode(pools.clone()));
    registry.add(sign_up::SignUp(pools.clone()));
    registry.add(verify_user_attribute::VerifyUserAttribute(pools.clone()));
    registry.add(admin_user_global_sign_out::AdminUserGlobalSignOut(pools.clone()));
    registry.add(create_group::CreateGroup(pools.clone()));
    registry.add(create_user_pool::CreateUserPool(pools.clone()));
    registry.add(create_user_pool_client::CreateUserPoolClient(pools.clone()));
    registry.add(create_user_pool_domain::CreateUserPoolDomain(pools.clone()));
    registry.add(delete_group::DeleteGroup(pools.clone()));
    registry.add(delete_user::DeleteUser(pools.clone()));
    registry.add(delete_user_attributes::DeleteUserAttributes(pools.clone()));
    registry.add(delete_user_pool::DeleteUserPool(pools.clone()));
    registry.add(delete_user_pool_client::DeleteUserPoolClient(pools.clone()));
    registry.add(delete_user_pool_domain::DeleteUserPoolDomain(pools.clone()));
    registry.add(describe_user_pool::DescribeUserPool(pools.clone()));
    registry.add(describe_user_pool_client::DescribeUserPoolClient(pools.clone()));
    registry.add(describe_user_pool_domain::DescribeUserPoolDomain(pools.clone()));
    registry.add(get_group::GetGroup(pools.clone()));
    registry.add(get_json_web_key_set::GetJsonWebKeySet(pools.clone()));
    registry.add(get_open_id_configuration::GetOpenIdConfiguration(pools.clone()));
    registry.add(get_tokens_from_refresh_token::GetTokensFromRefreshToken(pools.clone()));
    registry.add(get_user::GetUser(pools.clone()));
    registry.add(global_sign_out::GlobalSignOut(pools.clone()));
    registry.add(initiate_auth::InitiateAuth(pools.clone()));
    registry.add(introspect_token::IntrospectToken(pools.clone()));
    registry.add(list_groups::ListGroups(pools.clone()));
    registry.add(list_tags_for_resource::ListTagsForResource(pools.clone()));
    registry.add(list_user_pool_clients::ListUserPoolClients(pools.clone()));
    registry.add(list_user_pools::ListUserPools(pools.clone()));
    registry.add(list_users::ListUsers(pools.clone()));
    registry.add(list_users_in_group::ListUsersInGroup(pools.clone()));
    registry.add(respond_to_auth_challenge::RespondToAuthChallenge(pools.clone()));
    registry.add(revoke_token::RevokeToken(pools.clone()));
    registry.add(tag_resource::TagResource(pools.clone()));
    registry.add(untag_resource::UntagResource(pools.clone()));
    registry.add(update_group::UpdateGroup(pools.clone()));
    registry.add(update_user_attributes::UpdateUserAttributes(pools.clone()));
    registry.add(update_user_pool::UpdateUserPool(pools.clone()));
    registry.add(update_user_pool_client::UpdateUserPoolClient(pools.clone()));
    registry.add(update_user_pool_domain::UpdateUserPoolDomain(pools.clone()));
}
