use std::sync::Arc;

use directory::{Change, CodePurpose, User, UserKey, UserPoolKey, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{SignUpRequest, SignUpResponse};

use crate::{
    UserPools,
    attributes::Setter,
    delivery::to_verify,
    error::UserPoolsError,
    names::{check_visible, check_word},
    sign_in_names::NewUser,
};

/// [`SignUp`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html)
///
/// The user is unconfirmed, and is sent a code if the pool verifies an address that was given.
pub(crate) struct SignUp(pub(crate) Arc<UserPools>);

impl Operation for SignUp {
    type Wire = wire::cognito_idp::SignUp;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, input: &SignUpRequest) -> Result<Vec<Need>, UserPoolsError> {
        check_word("clientId", input.client_id.expose())?;
        check_visible("username", input.username.expose())?;
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<SignUpResponse, UserPoolsError> {
        let pool_key = self.0.pool_of_client(&request, request.input.client_id.expose()).await?;
        let user = self.0.sign_up(&pool_key, &request.input).await?;
        let pool = self.0.pool(&pool_key).await?.record;
        let code_delivery_details = match to_verify(&pool, &user) {
            Some(destination) => {
                let place = (&pool_key, &pool);
                let purpose = CodePurpose::SignUp;
                Some(self.0.send_code(&request, place, &user, purpose, destination).await?)
            }
            None => None,
        };
        Ok(SignUpResponse {
            code_delivery_details,
            session: None,
            user_confirmed: false,
            user_sub: user.sub.to_string(),
        })
    }
}

impl UserPools {
    /// The user who signed up.
    pub(crate) async fn sign_up(
        &self,
        pool_key: &UserPoolKey,
        input: &SignUpRequest,
    ) -> Result<User, UserPoolsError> {
        let client_id = input.client_id.expose();
        let attempt = self.attempt(pool_key.clone(), client_id, [].into()).await?;
        attempt.check_presented_hash(input.username.expose(), input.secret_hash.as_ref())?;
        let pool = &attempt.pool;
        if pool.admin_create_user_only {
            return Err(UserPoolsError::SignUpNotPermitted);
        }
        let password = input.password.as_ref();
        let password = password.ok_or_else(|| UserPoolsError::missing("Password"))?;
        let new = NewUser {
            username: input.username.expose(),
            attributes: input.user_attributes.as_deref().unwrap_or_default(),
            by: Setter::Client(&attempt.client),
        };
        let mut user = self.new_user(pool, &new, UserStatus::Unconfirmed)?;
        let name = pool.comparable(&user.username);
        let key = UserKey { pool: pool_key.clone(), name };
        self.new_password(pool, &key, &user.username, password).await?.set(&mut user);
        let record = &user;
        let added = self.directory.retry(|| async move {
            let pool = self.pool(pool_key).await?;
            let mut change = Change::new();
            self.add_user(pool_key, &pool, record, false, &mut change).await?;
            Ok::<_, UserPoolsError>((change, ()))
        });
        added.await.map_err(|error| match error {
            UserPoolsError::UsernameExists => UserPoolsError::UserExists,
            other => other,
        })?;
        Ok(user)
    }
}
