use std::sync::Arc;

use directory::Group;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{AdminListGroupsForUserRequest, AdminListGroupsForUserResponse};

use crate::{
    UserPools,
    cursor::{Listing, page_length},
    error::UserPoolsError,
    groups::described,
    names::check_visible,
    pools::on_pool,
};

/// [`AdminListGroupsForUser`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListGroupsForUser.html)
pub(crate) struct AdminListGroupsForUser(pub(crate) Arc<UserPools>);

impl Operation for AdminListGroupsForUser {
    type Wire = wire::cognito_idp::AdminListGroupsForUser;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminListGroupsForUserRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        on_pool("cognito-idp:AdminListGroupsForUser", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AdminListGroupsForUserResponse, UserPoolsError> {
        let input = &request.input;
        let pools = &self.0;
        let (pool_key, pool) = pools.pool_of(&request, &input.user_pool_id).await?;
        let found = pools.user(&pool_key, &pool.record, input.username.expose()).await?;
        let sub = found.ok_or(UserPoolsError::NoSuchUser)?.1.record.sub;
        let (id, user) = (pool_key.id.as_str(), sub.to_string());
        let listing = Listing { operation: "AdminListGroupsForUser", of: &[id, &user] };
        let after = listing.position(input.next_token.as_deref(), &pools.ring)?;
        let groups = pools.groups_of(&pool_key, sub).await?;
        let (page, more) = page(&groups, after.as_deref(), page_length(input.limit));
        let last = page.last().filter(|_| more).map(|group| group.name.as_bytes());
        let token = |position| listing.token(position, &pools.ring, &*pools.entropy);
        Ok(AdminListGroupsForUserResponse {
            next_token: last.map(token).transpose()?,
            groups: Some(page.into_iter().map(|group| described(&pool_key, group)).collect()),
        })
    }
}

/// At most `length` groups by name, behind the one named `after`, and whether there are more. A user
/// has few enough to read them all each time.
fn page<'a>(groups: &'a [Group], after: Option<&[u8]>, length: usize) -> (Vec<&'a Group>, bool) {
    let behind = |group: &&Group| after.is_none_or(|after| group.name.as_bytes() > after);
    let mut rest: Vec<&Group> = groups.iter().filter(behind).collect();
    rest.sort_by(|a, b| a.name.cmp(&b.name));
    let more = rest.len() > length;
    rest.truncate(length);
    (rest, more)
}
