use std::sync::Arc;

use directory::{Change, Contact, User, UserKey, UserPool, UserPoolKey, UserStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::SecretString;
use wire::cognito_idp::{
    AdminCreateUserRequest, AdminCreateUserResponse, DeliveryMediumType, MessageActionType,
};

use crate::{
    UserPools,
    attributes::Setter,
    codes::Destination,
    delivery::{Outgoing, address},
    error::UserPoolsError,
    names::check_visible,
    password_policy,
    pools::{on_pool, pool_key},
    sign_in_names::NewUser,
    users::described,
};

/// [`AdminCreateUser`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html)
///
/// The user is invited with a temporary password, which is made if none is given. Where no message goes
/// out none is made, as nobody would ever learn it.
pub(crate) struct AdminCreateUser(pub(crate) Arc<UserPools>);

/// A user who was made or is invited again, and the invitations.
pub(crate) struct Invited {
    pub(crate) user: User,
    /// To where, with which password.
    pub(crate) invitations: Vec<(Destination, SecretString)>,
}

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
        let pool_key = pool_key(&request, &request.input.user_pool_id)?;
        let Invited { user, invitations } =
            self.0.admin_create_user(&pool_key, &request.input).await?;
        if !invitations.is_empty() {
            let pool = self.0.pool(&pool_key).await?.record;
            for (destination, password) in invitations {
                let message = Outgoing::invitation(&pool, destination, &user, &password);
                self.0.send(&request, &pool_key, message).await?;
            }
        }
        Ok(AdminCreateUserResponse { user: Some(described(&user)) })
    }
}

impl UserPools {
    /// Makes the user, or a new temporary password for one who was invited before.
    pub(crate) async fn admin_create_user(
        &self,
        pool_key: &UserPoolKey,
        input: &AdminCreateUserRequest,
    ) -> Result<Invited, UserPoolsError> {
        let pool = &self.pool(pool_key).await?.record;
        if input.message_action == Some(MessageActionType::Resend) {
            return self.invite_again(pool_key, pool, input).await;
        }
        let new = NewUser {
            username: input.username.expose(),
            attributes: input.user_attributes.as_deref().unwrap_or_default(),
            by: Setter::Administrator,
        };
        let mut user = self.new_user(pool, &new, UserStatus::ForceChangePassword)?;
        let destinations = match input.message_action {
            Some(MessageActionType::Suppress) => Vec::new(),
            _ => destinations(&user, input.desired_delivery_mediums.as_deref())?,
        };
        let temporary = self.temporary_password(pool, input, !destinations.is_empty());
        if let Some(temporary) = &temporary {
            let name = pool.comparable(&user.username);
            let key = UserKey { pool: pool_key.clone(), name };
            self.new_password(pool, &key, &user.username, temporary).await?.set(&mut user);
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
        Ok(Invited { user, invitations: with_password(destinations, temporary.as_ref()) })
    }

    async fn invite_again(
        &self,
        pool_key: &UserPoolKey,
        pool: &UserPool,
        input: &AdminCreateUserRequest,
    ) -> Result<Invited, UserPoolsError> {
        let found = self.user(pool_key, pool, input.username.expose()).await?;
        let (key, found) = found.ok_or(UserPoolsError::NoSuchUser)?;
        let user = found.record;
        check_invited(&user)?;
        let destinations = destinations(&user, input.desired_delivery_mediums.as_deref())?;
        if destinations.is_empty() {
            return Err(UserPoolsError::NothingToVerify);
        }
        let temporary = self.temporary_password(pool, input, true);
        let temporary = temporary.ok_or_else(|| UserPoolsError::missing("TemporaryPassword"))?;
        let password = self.new_password(pool, &key, &user.username, &temporary).await?;
        let updated = self.directory.update::<User, _, UserPoolsError>(&key, |now| {
            if now.sub != user.sub {
                return Err(UserPoolsError::NoSuchUser);
            }
            check_invited(now)?;
            password.set(now);
            Ok(now.clone())
        });
        let user = updated.await?.ok_or(UserPoolsError::NoSuchUser)?;
        Ok(Invited { user, invitations: with_password(destinations, Some(&temporary)) })
    }

    /// The temporary password that is given, or one that is made for a message.
    fn temporary_password(
        &self,
        pool: &UserPool,
        input: &AdminCreateUserRequest,
        goes_out: bool,
    ) -> Option<SecretString> {
        let make = || password_policy::generated(&pool.password_policy, &*self.entropy);
        input.temporary_password.clone().or_else(|| goes_out.then(make))
    }
}

fn check_invited(user: &User) -> Result<(), UserPoolsError> {
    match user.status {
        UserStatus::ForceChangePassword => Ok(()),
        _ => Err(UserPoolsError::NotInvited(user.username.clone())),
    }
}

/// Where invitations go: by the ways that are asked for or, without any, by telephone or else by mail.
fn destinations(
    user: &User,
    mediums: Option<&[DeliveryMediumType]>,
) -> Result<Vec<Destination>, UserPoolsError> {
    let Some(mediums) = mediums.filter(|mediums| !mediums.is_empty()) else {
        let contacts = [Contact::PhoneNumber, Contact::Email];
        let first = contacts.into_iter().find_map(|contact| address(user, contact));
        return Ok(first.into_iter().collect());
    };
    let destination = |medium: &DeliveryMediumType| {
        let contact = match medium {
            DeliveryMediumType::Email => Contact::Email,
            DeliveryMediumType::Sms => Contact::PhoneNumber,
        };
        address(user, contact).ok_or_else(|| {
            let name = contact.attribute();
            let message = format!("The invitation cannot be sent: the user has no {name}.");
            UserPoolsError::InvalidParameter(message)
        })
    };
    mediums.iter().map(destination).collect()
}

fn with_password(
    destinations: Vec<Destination>,
    password: Option<&SecretString>,
) -> Vec<(Destination, SecretString)> {
    let with = |destination| password.map(|password| (destination, password.clone()));
    destinations.into_iter().filter_map(with).collect()
}
