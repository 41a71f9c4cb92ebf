//! The passwords that a user had before, which the pool may not let them set again.
//!
//! Source: User Pools API Reference, `PasswordPolicyType`, `PasswordHistorySize`.

use directory::{Password, User, UserKey};
use types::SecretString;

use crate::{UserPools, error::UserPoolsError, passwords};

/// Puts the user's password among the former ones, before another one takes its place. `size` passwords
/// are remembered, that other one among them.
pub(crate) fn push(user: &mut User, size: u8) {
    user.former_passwords.splice(..0, user.password.clone());
    user.former_passwords.truncate(usize::from(size.saturating_sub(1)));
}

impl UserPools {
    /// Refuses a password that is one of the last `size` of the user of this key, if there is one.
    pub(crate) async fn check_not_used(
        &self,
        key: &UserKey,
        size: u8,
        password: &SecretString,
    ) -> Result<(), UserPoolsError> {
        if size == 0 {
            return Ok(());
        }
        let Some(found) = self.directory.get::<User>(key).await? else { return Ok(()) };
        let User { password: current, former_passwords, .. } = found.record;
        let used: Vec<Password> =
            current.into_iter().chain(former_passwords).take(size.into()).collect();
        let password = password.clone();
        // One after the other, so that a user takes no more than one worker and its memory.
        let is_used = move || -> Result<bool, passwords::HashError> {
            for one in &used {
                if passwords::is(&password, one)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        if self.workers.run(is_used).await?? { Err(UserPoolsError::PasswordUsed) } else { Ok(()) }
    }
}
