use std::sync::Arc;

use directory::{
    Found, GroupKey, GroupMember, GroupMemberKey, Membership, MembershipKey, User, UserPoolKey,
};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::Uuid;
use wire::cognito_idp::{ListUsersInGroupRequest, ListUsersInGroupResponse};

use crate::{
    UserPools,
    cursor::{Listing, page_length},
    error::UserPoolsError,
    names::check_visible,
    pools::on_pool,
    users::described,
};

/// [`ListUsersInGroup`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsersInGroup.html)
pub(crate) struct ListUsersInGroup(pub(crate) Arc<UserPools>);

impl Operation for ListUsersInGroup {
    type Wire = wire::cognito_idp::ListUsersInGroup;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &ListUsersInGroupRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("groupName", &input.group_name)?;
        on_pool("cognito-idp:ListUsersInGroup", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListUsersInGroupResponse, UserPoolsError> {
        let (pool, _) = self.0.pool_of(&request, &request.input.user_pool_id).await?;
        self.0.list_users_in_group(&pool, &request.input).await
    }
}

impl UserPools {
    pub(crate) async fn list_users_in_group(
        &self,
        pool: &UserPoolKey,
        input: &ListUsersInGroupRequest,
    ) -> Result<ListUsersInGroupResponse, UserPoolsError> {
        let key = GroupKey { pool: pool.clone(), name: input.group_name.clone() };
        let group = self.group(&key).await?.record;
        // Of this group: one that is made anew under its name begins a listing of its own.
        let (id, of_group) = (pool.id.as_str(), group.id.to_string());
        let listing = Listing { operation: "ListUsersInGroup", of: &[id, &of_group] };
        let after = listing.position(input.next_token.as_deref(), &self.ring)?;
        let within = GroupMemberKey::of_group(pool, &group.name);
        let length = page_length(input.limit);
        let page = self.directory.list::<GroupMember>(&within, after.as_deref(), length).await?;
        let last = page.records.last().filter(|_| page.more).map(Found::position);
        let token = |position| listing.token(position, &self.ring, &*self.entropy);
        let next_token = last.map(token).transpose()?;
        let mut users = Vec::new();
        for member in &page.records {
            let user = self.member(pool, member.record.user, &group.name, group.id).await?;
            users.extend(user.as_ref().map(described));
        }
        Ok(ListUsersInGroupResponse { next_token, users: Some(users) })
    }

    /// The user, if still there and in this very group.
    async fn member(
        &self,
        pool: &UserPoolKey,
        user: Uuid,
        group: &str,
        id: Uuid,
    ) -> Result<Option<User>, UserPoolsError> {
        let key = MembershipKey { pool: pool.clone(), user, group: group.to_owned() };
        let found = self.directory.get::<Membership>(&key).await?;
        if found.is_none_or(|found| found.record.group_id != id) {
            return Ok(None);
        }
        Ok(self.user_by_sub(pool, user).await?.map(|(_, found)| found.record))
    }
}
