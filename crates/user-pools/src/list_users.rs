use std::sync::Arc;

use directory::{Found, User, UserPool, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{ListUsersRequest, ListUsersResponse, UserType};

use crate::{
    UserPools,
    cursor::{Listing, page_length},
    error::UserPoolsError,
    filter::Filter,
    pools::on_pool,
    users::described,
};

/// How many users one request looks at: a page may be short, or empty, and yet not be the last.
const LOOKED_AT_MAX: usize = 1000;

/// [`ListUsers`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html)
pub(crate) struct ListUsers(pub(crate) Arc<UserPools>);

impl Operation for ListUsers {
    type Wire = wire::cognito_idp::ListUsers;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &ListUsersRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        on_pool("cognito-idp:ListUsers", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListUsersResponse, UserPoolsError> {
        let (key, pool) = self.0.pool_of(&request, &request.input.user_pool_id).await?;
        self.0.list_users(&key, &pool.record, &request.input).await
    }
}

impl UserPools {
    pub(crate) async fn list_users(
        &self,
        key: &UserPoolKey,
        pool: &UserPool,
        input: &ListUsersRequest,
    ) -> Result<ListUsersResponse, UserPoolsError> {
        let text = input.filter.as_deref().unwrap_or_default();
        let filter = Filter::parse(text)?;
        let listing = Listing { operation: "ListUsers", of: &[key.id.as_str(), text] };
        let after = listing.position(input.pagination_token.as_deref(), &self.ring)?;
        let wanted = input.attributes_to_get.as_deref();
        if let Some(name) = filter.as_ref().and_then(Filter::username) {
            let found = self.user(key, pool, name).await?.map(|(_, found)| found.record);
            let found = found.filter(|user| user.username == name);
            let users = found.iter().map(|user| shown(user, wanted)).collect();
            return Ok(ListUsersResponse { pagination_token: None, users: Some(users) });
        }
        let length = page_length(input.limit);
        let look_at = if filter.is_some() { LOOKED_AT_MAX } else { length };
        let page = self.directory.list::<User>(&key.within(), after.as_deref(), look_at).await?;
        let fits = |found: &&Found<User>| {
            filter.as_ref().is_none_or(|filter| filter.matches(&found.record))
        };
        let mut fitting = page.records.iter().filter(fits);
        let listed: Vec<&Found<User>> = fitting.by_ref().take(length).collect();
        // Where the next page begins: behind the last one listed if the page is full, else behind
        // the last one looked at.
        let last = if fitting.next().is_some() {
            listed.last().copied()
        } else {
            page.records.last().filter(|_| page.more)
        };
        let token =
            |found: &Found<User>| listing.token(found.position(), &self.ring, &*self.entropy);
        Ok(ListUsersResponse {
            pagination_token: last.map(token).transpose()?,
            users: Some(listed.into_iter().map(|found| shown(&found.record, wanted)).collect()),
        })
    }
}

/// The user with those attributes that are asked for.
fn shown(user: &User, wanted: Option<&[String]>) -> UserType {
    let mut user = described(user);
    if let (Some(wanted), Some(attributes)) = (wanted, &mut user.attributes) {
        attributes.retain(|attribute| wanted.contains(&attribute.name));
    }
    user
}
