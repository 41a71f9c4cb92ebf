use std::sync::Arc;

use directory::{Change, CodePurpose, User, UserPool, UserPoolKey, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{ConfirmSignUpRequest, ConfirmSignUpResponse};

use crate::{
    UserPools, attributes,
    codes::Destination,
    delivery::address,
    error::UserPoolsError,
    names::{check_visible, check_word},
    users::status,
};

/// [`ConfirmSignUp`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmSignUp.html)
pub(crate) struct ConfirmSignUp(pub(crate) Arc<UserPools>);

impl Operation for ConfirmSignUp {
    type Wire = wire::cognito_idp::ConfirmSignUp;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, input: &ConfirmSignUpRequest) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        check_visible("username", input.username.expose())?;
        if input.session.is_some() {
            return Err(UserPoolsError::NotServed("Session"));
        }
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ConfirmSignUpResponse, UserPoolsError> {
        let pool = self.0.pool_of_client(&request, request.input.client_id.expose()).await?;
        self.0.confirm_sign_up(&pool, &request.input).await?;
        Ok(ConfirmSignUpResponse::default())
    }
}

impl UserPools {
    pub(crate) async fn confirm_sign_up(
        &self,
        pool_key: &UserPoolKey,
        input: &ConfirmSignUpRequest,
    ) -> Result<(), UserPoolsError> {
        let client_id = input.client_id.expose();
        let attempt = self.attempt(pool_key.clone(), client_id, [].into()).await?;
        let username = input.username.expose();
        attempt.check_presented_hash(username, input.secret_hash.as_ref())?;
        let Some((key, found)) = self.user(pool_key, &attempt.pool, username).await? else {
            // As if the code were wrong (*Managing user existence error responses*).
            let hidden = attempt.client.prevent_user_existence_errors;
            return Err(if hidden {
                UserPoolsError::CodeMismatch
            } else {
                UserPoolsError::NobodyToSendTo
            });
        };
        check_unconfirmed(&found.record)?;
        let sub = found.record.sub;
        let purpose = CodePurpose::SignUp;
        let code = &self.try_code(pool_key, sub, purpose, &input.confirmation_code).await?;
        let take_aliases = input.force_alias_creation == Some(true);
        let (key, pool) = (&key, &attempt.pool);
        self.directory
            .retry(|| async move {
                let found = self.directory.get::<User>(key).await?;
                let found = found.filter(|found| found.record.sub == sub);
                let found = found.ok_or(UserPoolsError::CodeExpired)?;
                let mut user = found.record.clone();
                confirm(pool, &mut user, &code.destination)?;
                user.last_modified = self.clock.now();
                let mut change = Change::new();
                self.use_code(code, &mut change).await?;
                self.replace_user(pool, key, &found, user, take_aliases, &mut change).await?;
                Ok((change, ()))
            })
            .await
    }
}

/// Confirms a user, whose address of now is verified if the code went there.
fn confirm(
    pool: &UserPool,
    user: &mut User,
    destination: &Destination,
) -> Result<(), UserPoolsError> {
    check_unconfirmed(user)?;
    user.status = UserStatus::Confirmed;
    let contact = destination.contact;
    if pool.auto_verified.contains(&contact) && address(user, contact).as_ref() == Some(destination)
    {
        attributes::verify(user, contact);
    }
    Ok(())
}

/// Refuses a user who is confirmed already, or never signed up.
pub(crate) fn check_unconfirmed(user: &User) -> Result<(), UserPoolsError> {
    match user.status {
        UserStatus::Unconfirmed => Ok(()),
        other => Err(UserPoolsError::NotToBeConfirmed(status(other).as_str())),
    }
}
