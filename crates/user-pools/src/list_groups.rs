use std::sync::Arc;

use directory::{Found, Group};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{ListGroupsRequest, ListGroupsResponse};

use crate::{
    UserPools,
    cursor::{Listing, page_length},
    error::UserPoolsError,
    groups::described,
    pools::on_pool,
};

/// [`ListGroups`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListGroups.html)
pub(crate) struct ListGroups(pub(crate) Arc<UserPools>);

impl Operation for ListGroups {
    type Wire = wire::cognito_idp::ListGroups;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &ListGroupsRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        on_pool("cognito-idp:ListGroups", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListGroupsResponse, UserPoolsError> {
        let input = &request.input;
        let pools = &self.0;
        let (pool, _) = pools.pool_of(&request, &input.user_pool_id).await?;
        let listing = Listing { operation: "ListGroups", of: &[pool.id.as_str()] };
        let after = listing.position(input.next_token.as_deref(), &pools.ring)?;
        let length = page_length(input.limit);
        let page = pools.directory.list::<Group>(&pool.within(), after.as_deref(), length).await?;
        let last = page.records.last().filter(|_| page.more).map(Found::position);
        let token = |position| listing.token(position, &pools.ring, &*pools.entropy);
        Ok(ListGroupsResponse {
            next_token: last.map(token).transpose()?,
            groups: Some(page.records.iter().map(|one| described(&pool, &one.record)).collect()),
        })
    }
}
