//! AWS Security Token Service: who am I, and sessions from web identities.
//!
//! A file per operation. Sessions are sealed by the gate and nowhere else: what is here checks what
//! a caller asks for, and hands over what the gate made. Nothing is stored.

mod assume_role_with_web_identity;
mod decode_authorization_message;
mod get_caller_identity;

use gate::Registry;

/// Adds the service's operations.
pub fn register(registry: &mut Registry) {
    registry.add(assume_role_with_web_identity::AssumeRoleWithWebIdentity);
    registry.add(decode_authorization_message::DecodeAuthorizationMessage);
    registry.add(get_caller_identity::GetCallerIdentity);
}
