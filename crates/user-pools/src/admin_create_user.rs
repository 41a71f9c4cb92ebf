use std::sync::Arc;

use directory::{Change, Contact, User, UserPoolKey, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminCreateUserRequest, AdminCreateUserResponse, MessageActionType};

use crate::{
    UserPools,
    attributes::Setter,
    error::UserPoolsError,
    names::check_visible,
    password_policy, passwords,
    pools::{on_pool, pool_key},
    sign_in_names::NewUser,
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
        let new = NewUser {
            username: input.username.expose(),
            attributes: input.user_attributes.as_deref().unwrap_or_default(),
            by: Setter::Administrator,
        };
        let mut user = self.new_user(&pool, &new, UserStatus::ForceChangePassword)?;
        let reachable =
            Contact::ALL.iter().any(|one| user.attributes.contains_key(one.attribute()));
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
        let now = self.clock.now();
        if let Some(temporary) = input.temporary_password.clone() {
            let entropy = self.entropy.clone();
            let hash = move || passwords::hash(&temporary, now, &*entropy);
            user.password = Some(self.workers.run(hash).await??);
        }
        let take_aliases = input.force_alias_creation == Some(true);
        let record = &user;
        self.directory
            .retry(|| async move {
                let pool = self.pool(pool_key).await?;
                let mut change = Change::new();
                self.add_user(pool_key, &pool, record, take_aliases, &mut change).await?;
                Ok::<_, UserPoolsError>((change, ()))
            })
            .await?;
        Ok(user)
    }
}
