use std::sync::Arc;

use directory::{Found, UserPoolClient, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{
    ClientTypeType, ListUserPoolClientsRequest, ListUserPoolClientsResponse,
    UserPoolClientDescription,
};

use crate::{
    UserPools,
    cursor::{Listing, page_length},
    error::UserPoolsError,
    pool_settings::refuse,
    pools::on_pool,
};

/// [`ListUserPoolClients`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPoolClients.html)
pub(crate) struct ListUserPoolClients(pub(crate) Arc<UserPools>);

impl Operation for ListUserPoolClients {
    type Wire = wire::cognito_idp::ListUserPoolClients;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &ListUserPoolClientsRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        on_pool("cognito-idp:ListUserPoolClients", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListUserPoolClientsResponse, UserPoolsError> {
        let (key, _) = self.0.pool_of(&request, &request.input.user_pool_id).await?;
        self.0.list_user_pool_clients(&key, &request.input).await
    }
}

impl UserPools {
    pub(crate) async fn list_user_pool_clients(
        &self,
        pool: &UserPoolKey,
        input: &ListUserPoolClientsRequest,
    ) -> Result<ListUserPoolClientsResponse, UserPoolsError> {
        refuse([("ClientType DCR", input.client_type == Some(ClientTypeType::Dcr))])?;
        let listing = Listing { operation: "ListUserPoolClients", of: &[pool.id.as_str()] };
        let after = listing.position(input.next_token.as_deref(), &self.ring)?;
        let length = page_length(input.max_results);
        let page =
            self.directory.list::<UserPoolClient>(&pool.within(), after.as_deref(), length).await?;
        let last = page.records.last().filter(|_| page.more).map(Found::position);
        let token = |position| listing.token(position, &self.ring, &*self.entropy);
        let described = |found: &Found<UserPoolClient>| UserPoolClientDescription {
            client_id: Some(found.record.id.as_str().into()),
            client_name: Some(found.record.name.clone()),
            user_pool_id: Some(pool.id.to_string()),
        };
        Ok(ListUserPoolClientsResponse {
            next_token: last.map(token).transpose()?,
            user_pool_clients: Some(page.records.iter().map(described).collect()),
        })
    }
}
