//! AWS Security Token Service: who am I, and sessions of roles, users and federated users.
//!
//! A file per operation. Sessions are sealed by the gate and nowhere else: what is here checks what
//! a caller asks for, and hands over what the gate made. Nothing is stored.

mod assume_role;
mod assume_role_with_web_identity;
mod decode_authorization_message;
mod error;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;
mod role_duration;
mod session_request;
mod user_duration;

use gate::Registry;

/// Adds the service's operations.
pub fn register(registry: &mut Registry) {
    registry.add(assume_role::AssumeRole);
    registry.add(assume_role_with_web_identity::AssumeRoleWithWebIdentity);
    registry.add(decode_authorization_message::DecodeAuthorizationMessage);
    registry.add(get_access_key_info::GetAccessKeyInfo);
    registry.add(get_caller_identity::GetCallerIdentity);
    registry.add(get_federation_token::GetFederationToken);
    registry.add(get_session_token::GetSessionToken);
}
