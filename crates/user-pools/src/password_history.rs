//! The passwords that a user had before, which the pool may not let them set again.
//!
//! Source: User Pools API Reference, `PasswordPolicyType`, `PasswordHistorySize`.

use directory::{Password, User, UserPool};
use types::SecretString;

use crate::{UserPools, error::UserPoolsError, passwords};

/// Puts the user's password among the former ones, before another one takes its place. `size` passwords
/// are remembered, that other one among them.
pub(crate) fn push(user: &mut User, size: u8) {
    user.former_passwords.splice(..0, user.password.clone());
    user.former_passwords.truncate(usize::from(size.saturating_sub(1)));
}

impl UserPools {
    /// Refuses a password that is one of the user's last ones, as many as the pool remembers. Only for
    /// whoever has shown to be the user, or may set the password anyway: it tells what the passwords
    /// were.
    pub(crate) async fn check_not_used(
        &self,
        pool: &UserPool,
        user: &User,
        password: &SecretString,
    ) -> Result<(), UserPoolsError> {
        let size = pool.password_policy.history_size;
        let all = user.password.iter().chain(&user.former_passwords);
        let remembered: Vec<Password> = all.take(size.into()).cloned().collect();
        if remembered.is_empty() {
            return Ok(());
        }
        let password = password.clone();
        // One after the other, so that a user takes no more than one worker and its memory.
        let is_used = move || -> Result<bool, passwords::HashError> {
            for one in &remembered {
                if passwords::is(&password, one)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        if self.workers.run(is_used).await?? { Err(UserPoolsError::PasswordUsed) } else { Ok(()) }
    }
}
