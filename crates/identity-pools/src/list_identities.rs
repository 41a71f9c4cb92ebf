use std::sync::Arc;

use directory::{Identity, IdentityKey, IdentityPoolKey, Record};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::IdentityId;
use wire::cognito_identity::{ListIdentitiesInput, ListIdentitiesResponse};

use crate::{
    IdentityPools,
    error::PoolError,
    identity_shape::{described, is_disabled},
    pool_shape::{need, own_pool},
};

/// [`ListIdentities`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_ListIdentities.html)
///
/// The token is the id of the last identity that was looked at for the page before: where disabled
/// ones are hidden, a page can have fewer than `MaxResults` and still not be the last.
pub(crate) struct ListIdentities(pub(crate) Arc<IdentityPools>);

impl Operation for ListIdentities {
    type Wire = wire::cognito_identity::ListIdentities;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, caller: &Caller, input: &ListIdentitiesInput) -> Result<Vec<Need>, PoolError> {
        need(caller, "cognito-identity:ListIdentities", &input.identity_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListIdentitiesResponse, PoolError> {
        let (key, pool) = own_pool(&self.0, &request, &request.input.identity_pool_id).await?;
        let input = request.input;
        let after = input.next_token.map(|token| position(&key, &token)).transpose()?;
        let within = IdentityKey::prefix(&key.owner, &key.id);
        let wanted = usize::try_from(input.max_results).unwrap_or(1);
        let page = self.0.directory.list::<Identity>(&within, after.as_deref(), wanted).await?;
        let last = page.records.last().map(|found| found.record.id.to_string());
        let hide = input.hide_disabled == Some(true);
        let identities = page.records.iter().map(|found| &found.record);
        let listed = identities.filter(|identity| !(hide && is_disabled(identity)));
        Ok(ListIdentitiesResponse {
            identities: Some(listed.map(|identity| described(&pool, identity)).collect()),
            identity_pool_id: Some(key.id.to_string()),
            next_token: last.filter(|_| page.more),
        })
    }
}

fn position(pool: &IdentityPoolKey, token: &str) -> Result<Vec<u8>, PoolError> {
    let id: IdentityId =
        token.parse().map_err(|_| PoolError::Parameter("Invalid NextToken".to_owned()))?;
    let key = IdentityKey { owner: pool.owner.clone(), pool: pool.id.clone(), id };
    Ok(Identity::encode_key(&key).to_vec())
}
