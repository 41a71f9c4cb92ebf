use std::sync::Arc;

use directory::{Found, UserPool, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::cognito_idp::{
    LambdaConfigType, ListUserPoolsRequest, ListUserPoolsResponse, UserPoolDescriptionType,
};

use crate::{
    UserPools,
    cursor::{Listing, page_length},
    error::UserPoolsError,
};

/// [`ListUserPools`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPools.html)
pub(crate) struct ListUserPools(pub(crate) Arc<UserPools>);

impl Operation for ListUserPools {
    type Wire = wire::cognito_idp::ListUserPools;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, _: &ListUserPoolsRequest) -> Result<Vec<Need>, UserPoolsError> {
        Ok(vec![Need::new("cognito-idp:ListUserPools", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListUserPoolsResponse, UserPoolsError> {
        let owner = request.owner().ok_or(UserPoolsError::NoAccount)?;
        let input = &request.input;
        let pools = &self.0;
        let of = [owner.account().as_str(), owner.region().as_str()];
        let listing = Listing { operation: "ListUserPools", of: &of };
        let after = listing.position(input.next_token.as_deref(), &pools.ring)?;
        let within = UserPoolKey::prefix(&owner);
        let length = page_length(Some(input.max_results));
        let page = pools.directory.list::<UserPool>(&within, after.as_deref(), length).await?;
        let last = page.records.last().filter(|_| page.more).map(Found::position);
        let token = |position| listing.token(position, &pools.ring, &*pools.entropy);
        Ok(ListUserPoolsResponse {
            next_token: last.map(token).transpose()?,
            user_pools: Some(page.records.iter().map(|found| described(&found.record)).collect()),
        })
    }
}

fn described(pool: &UserPool) -> UserPoolDescriptionType {
    UserPoolDescriptionType {
        id: Some(pool.id.to_string()),
        name: Some(pool.name.clone()),
        lambda_config: Some(LambdaConfigType::default()),
        creation_date: Some(pool.created),
        last_modified_date: Some(pool.last_modified),
        ..UserPoolDescriptionType::default()
    }
}
