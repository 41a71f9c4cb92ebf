use std::sync::Arc;

use directory::{User, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::SecretString;
use wire::cognito_idp::{ChangePasswordRequest, ChangePasswordResponse};

use crate::{UserPools, access_token::Bearer, attempts::Success, error::UserPoolsError, lockout};

/// [`ChangePassword`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ChangePassword.html)
///
/// A wrong password counts as at a sign-in: a stolen token must not help to find it.
pub(crate) struct ChangePassword(pub(crate) Arc<UserPools>);

impl Operation for ChangePassword {
    type Wire = wire::cognito_idp::ChangePassword;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, _: &ChangePasswordRequest) -> Result<Vec<Need>, UserPoolsError> {
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ChangePasswordResponse, UserPoolsError> {
        let input = &request.input;
        let bearer = self.0.bearer(&request, &input.access_token).await?;
        let previous = input.previous_password.as_ref();
        self.0.change_password(&bearer, previous, &input.proposed_password).await?;
        Ok(ChangePasswordResponse {})
    }
}

impl UserPools {
    pub(crate) async fn change_password(
        &self,
        bearer: &Bearer,
        previous: Option<&SecretString>,
        proposed: &SecretString,
    ) -> Result<(), UserPoolsError> {
        let (key, user) = (&bearer.key, &bearer.user.record);
        let previous = previous.ok_or_else(|| UserPoolsError::missing("PreviousPassword"))?;
        if lockout::is_locked(user.failures, self.clock.now()) {
            return Err(UserPoolsError::CodeLimit);
        }
        if !self.is_password(previous, user.password.as_ref()).await? {
            self.record_failure(key, None).await?;
            return Err(UserPoolsError::WrongPassword);
        }
        let success = Success { key, checked: user, challenge: None, token: None, srp: None };
        self.record_success(&success).await?;
        self.check_not_used(&bearer.pool, user, proposed).await?;
        let password = self.new_password(&bearer.pool, key, &user.username, proposed).await?;
        let updated = self.directory.update::<User, _, UserPoolsError>(key, |now| {
            // Somebody else may have set another one meanwhile.
            if now.sub != user.sub || now.password != user.password {
                return Err(UserPoolsError::WrongPassword);
            }
            password.set(now);
            now.status = UserStatus::Confirmed;
            Ok(())
        });
        updated.await?.ok_or(UserPoolsError::NoSuchUser)
    }
}
