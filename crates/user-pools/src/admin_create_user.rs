use std::sync::Arc;

use directory::{Change, Password, User, UserKey, UserPoolKey, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::Uuid;
use wire::cognito_idp::{AdminCreateUserRequest, AdminCreateUserResponse, MessageActionType};

use crate::{
    UserPools, attributes,
    error::UserPoolsError,
    names::check_visible,
    password_policy, passwords,
    pools::{on_pool, pool_key},
    users::described,
};

/// [`AdminCreateUser`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html)
///
/// No message is sent, so a user whom AWS would send one is refused unless `SUPPRESS` is said; and
/// without a temporary password there is none, as nobody would ever learn it.
pub(crate) struct AdminCreateUser(pub(crate) Arc<UserPools>);

impl Operation for AdminCreateUser {
    type Wire = wire::cognito_idp::AdminCreateUser;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminCreateUserRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminCreateUser", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminCreateUserResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let user = self.0.admin_create_user(&pool, request.input).await?;
        Ok(AdminCreateUserResponse { user: Some(described(&user)) })
    }
}

impl UserPools {
    pub(crate) async fn admin_create_user(
        &self,
        pool_key: &UserPoolKey,
        input: AdminCreateUserRequest,
    ) -> Result<User, UserPoolsError> {
        let pool = self.pool(pool_key).await?.record;
        let attributes = attributes::check(input.user_attributes.as_deref().unwrap_or_default())?;
        let reachable = ["email", "phone_number"].iter().any(|name| attributes.contains_key(*name));
        match input.message_action {
            Some(MessageActionType::Suppress) => {}
            None if !reachable => {}
            None => {
                let what = "Sending a message (MessageAction other than SUPPRESS)";
                return Err(UserPoolsError::NotServed(what));
            }
            Some(MessageActionType::Resend) => {
                return Err(UserPoolsError::NotServed("MessageAction RESEND"));
            }
        }
        if let Some(temporary) = &input.temporary_password {
            password_policy::check(&pool.password_policy, temporary)?;
        }
        let username = input.username.expose();
        if self.user(pool_key, &pool, username).await?.is_some() {
            return Err(UserPoolsError::UsernameExists);
        }
        let now = self.clock.now();
        let password: Option<Password> = match input.temporary_password.clone() {
            Some(temporary) => {
                let entropy = self.entropy.clone();
                let hash = move || passwords::hash(&temporary, now, &*entropy);
                Some(self.workers.run(hash).await??)
            }
            None => None,
        };
        let user = User {
            username: username.clone(),
            sub: Uuid::random(&*self.entropy),
            attributes,
            enabled: true,
            status: UserStatus::ForceChangePassword,
            password,
            failures: None,
            signed_out: None,
            srp: None,
            created: now,
            last_modified: now,
        };
        let key = UserKey { pool: pool_key.clone(), name: pool.comparable(username) };
        let (key, record) = (&key, &user);
        self.directory
            .retry(|| async move {
                let pool = self.pool(pool_key).await?;
                // A name that is another user's `sub` would take that user's place in some answers.
                if self.user(pool_key, &pool.record, &record.username).await?.is_some() {
                    return Err(UserPoolsError::UsernameExists);
                }
                let mut change = Change::new();
                change.require_unchanged(&pool);
                change.create(key, record);
                Ok((change, ()))
            })
            .await?;
        Ok(user)
    }
}
