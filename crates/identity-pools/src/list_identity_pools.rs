use std::sync::Arc;

use directory::{IdentityPool, IdentityPoolKey, Record};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use types::IdentityPoolId;
use wire::cognito_identity::{
    IdentityPoolShortDescription, ListIdentityPoolsInput, ListIdentityPoolsResponse,
};

use crate::{IdentityPools, error::PoolError};

/// [`ListIdentityPools`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_ListIdentityPools.html)
///
/// The token is the id of the last pool of the page before.
pub(crate) struct ListIdentityPools(pub(crate) Arc<IdentityPools>);

impl Operation for ListIdentityPools {
    type Wire = wire::cognito_identity::ListIdentityPools;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, _: &ListIdentityPoolsInput) -> Result<Vec<Need>, PoolError> {
        Ok(vec![Need::new("cognito-identity:ListIdentityPools", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListIdentityPoolsResponse, PoolError> {
        let owner = request.owner().ok_or(PoolError::NoAccount)?;
        let input = request.input;
        let within = IdentityPoolKey::prefix(&owner);
        let after = input.next_token.map(|token| {
            let id: IdentityPoolId =
                token.parse().map_err(|_| PoolError::Parameter("Invalid NextToken".to_owned()))?;
            Ok::<_, PoolError>(IdentityPool::encode_key(&IdentityPoolKey { owner, id }))
        });
        let after = after.transpose()?;
        let wanted = usize::try_from(input.max_results).unwrap_or(1);
        let page = self.0.directory.list::<IdentityPool>(&within, after.as_deref(), wanted).await?;
        let last = page.records.last().map(|found| found.record.id.to_string());
        let listed = page.records.into_iter().map(|found| IdentityPoolShortDescription {
            identity_pool_id: Some(found.record.id.to_string()),
            identity_pool_name: Some(found.record.name),
        });
        Ok(ListIdentityPoolsResponse {
            identity_pools: Some(listed.collect()),
            next_token: last.filter(|_| page.more),
        })
    }
}
