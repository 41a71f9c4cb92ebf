//! Counting sign-ins that fail, and recording those that do not.

use directory::{Change, Password, RefreshToken, RefreshTokenKey, SrpVerifier, User, UserKey};
use types::SecretString;

use crate::{UserPools, challenges::Challenge, error::UserPoolsError, lockout, passwords};

/// A user who showed the password, and what becomes of it.
pub(crate) struct Success<'a> {
    pub(crate) key: &'a UserKey,
    /// The user whose password was looked at.
    pub(crate) checked: &'a User,
    /// The challenge that this answers.
    pub(crate) challenge: Option<&'a Challenge>,
    /// The refresh token that is given out.
    pub(crate) token: Option<(RefreshTokenKey, RefreshToken)>,
    /// A verifier of the password, where there was none yet.
    pub(crate) srp: Option<SrpVerifier>,
}

impl UserPools {
    /// Whether it is this password. Without one it never is, which takes as long to find out.
    pub(crate) async fn is_password(
        &self,
        password: &SecretString,
        kept: Option<&Password>,
    ) -> Result<bool, UserPoolsError> {
        let exists = kept.is_some();
        let kept = kept.cloned().unwrap_or_else(passwords::nobodys);
        let password = password.clone();
        Ok(self.workers.run(move || passwords::is(&password, &kept)).await?? && exists)
    }

    /// Counts a wrong password, which was an answer to this challenge. Those that were looked at while
    /// a lockout began do not count.
    pub(crate) async fn record_failure(
        &self,
        key: &UserKey,
        challenge: Option<&Challenge>,
    ) -> Result<(), UserPoolsError> {
        self.directory
            .retry(|| async move {
                let mut change = Change::new();
                if let Some(challenge) = challenge {
                    self.claim(&key.pool, challenge, &mut change).await?;
                }
                let Some(found) = self.directory.get::<User>(key).await? else {
                    return Ok((change, ()));
                };
                let now = self.clock.now();
                let before = found.record.failures;
                if lockout::is_locked(before, now) {
                    return Err(UserPoolsError::AttemptsExceeded);
                }
                let failures = Some(lockout::after_failure(before, now));
                change.replace(key, &found, &User { failures, ..found.record.clone() });
                Ok((change, ()))
            })
            .await
    }

    /// Forgets the failures and records what is given out, if the user is still the one whose password
    /// was looked at: a right guess among many at once is worth nothing once the others have locked
    /// the user out.
    pub(crate) async fn record_success(&self, success: &Success<'_>) -> Result<(), UserPoolsError> {
        let (key, checked) = (success.key, success.checked);
        self.directory
            .retry(|| async move {
                let found = self.directory.get::<User>(key).await?;
                let found = found.ok_or(UserPoolsError::WrongPassword)?;
                let user = &found.record;
                if lockout::is_locked(user.failures, self.clock.now()) {
                    return Err(UserPoolsError::AttemptsExceeded);
                }
                if user.sub != checked.sub || user.password != checked.password {
                    return Err(UserPoolsError::WrongPassword);
                }
                if !user.enabled {
                    return Err(UserPoolsError::UserDisabled);
                }
                let mut change = Change::new();
                if user.failures.is_some() || success.srp.is_some() {
                    let srp = success.srp.clone().or_else(|| user.srp.clone());
                    change.replace(key, &found, &User { failures: None, srp, ..user.clone() });
                } else {
                    change.require_unchanged(&found);
                }
                if let Some(challenge) = success.challenge {
                    self.claim(&key.pool, challenge, &mut change).await?;
                }
                if let Some((place, record)) = &success.token {
                    self.clear_expired(place, &mut change).await?;
                    change.create(place, record);
                }
                Ok((change, ()))
            })
            .await
    }
}
