//! What the operations on access keys have in common.

use directory::UserAccessKey;

use crate::error::AccessError;

/// How many access keys a user has at most.
pub(crate) const KEYS_MAX: usize = 2;

/// The status of a key that requests may be signed with.
pub(crate) const ACTIVE: &str = "Active";
const INACTIVE: &str = "Inactive";

/// A key's status as responses have it.
pub(crate) fn status(key: &UserAccessKey) -> &'static str {
    if key.active { ACTIVE } else { INACTIVE }
}

/// Whether requests may be signed with a key of this status. `Expired`, which the model knows too, is
/// none that can be set.
pub(crate) fn is_active(status: &str) -> Result<bool, AccessError> {
    match status {
        ACTIVE => Ok(true),
        INACTIVE => Ok(false),
        _ => {
            let rule = "It must be Active or Inactive.";
            Err(AccessError::Invalid { member: "status", rule })
        }
    }
}
