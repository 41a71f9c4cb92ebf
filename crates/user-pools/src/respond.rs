//! Answering the challenge of a sign-in, as `RespondToAuthChallenge` and `AdminRespondToAuthChallenge`
//! share it.

use wire::cognito_idp::ChallengeNameType;

use types::SecretString;

use crate::{
    UserPools,
    error::UserPoolsError,
    sign_in::{Attempt, Outcome},
};

impl UserPools {
    /// Takes the answer to a challenge.
    pub(crate) async fn respond(
        &self,
        attempt: &Attempt,
        challenge: ChallengeNameType,
        session: Option<&SecretString>,
    ) -> Result<Outcome, UserPoolsError> {
        match challenge {
            ChallengeNameType::PasswordVerifier => self.answer_srp(attempt).await,
            ChallengeNameType::NewPasswordRequired => {
                self.answer_new_password(attempt, session).await
            }
            other => {
                let message = format!("The challenge {} is not served", other.as_str());
                Err(UserPoolsError::InvalidParameter(message))
            }
        }
    }
}
