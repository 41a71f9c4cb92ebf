use std::{ops::Bound, sync::Arc};

use directory::{Identity, IdentityKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::{LookupDeveloperIdentityInput, LookupDeveloperIdentityResponse};

use crate::{
    IdentityPools, developer,
    error::PoolError,
    identities::{Asker, Identities},
    ids::identity_id,
    pool_shape::{need, own_pool},
};

/// How many users a page has at most. Source: API reference, `LookupDeveloperIdentity`.
const PAGE_MAX: usize = 60;

/// [`LookupDeveloperIdentity`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_LookupDeveloperIdentity.html)
///
/// The token is the last user of the page before.
pub(crate) struct LookupDeveloperIdentity(pub(crate) Arc<IdentityPools>);

impl Operation for LookupDeveloperIdentity {
    type Wire = wire::cognito_identity::LookupDeveloperIdentity;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &LookupDeveloperIdentityInput,
    ) -> Result<Vec<Need>, PoolError> {
        need(caller, "cognito-identity:LookupDeveloperIdentity", &input.identity_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<LookupDeveloperIdentityResponse, PoolError> {
        let pools = &*self.0;
        let input = &request.input;
        let (key, pool) = own_pool(pools, &request, &input.identity_pool_id).await?;
        developer::provider(&pool)?;
        let by_user = match &input.developer_user_identifier {
            None => None,
            Some(user) => {
                let (directory, asker) = (&pools.directory, Asker::Developer);
                let identities = Identities { directory, key: &key, pool: &pool, asker };
                Some(identities.of_developer_user(user).await?.map(|found| found.record))
            }
        };
        let by_id = match &input.identity_id {
            None => None,
            Some(id) => {
                let missing = || PoolError::NoSuchIdentity(id.clone());
                let id = identity_id(id)?.ok_or_else(missing)?;
                let place = IdentityKey { owner: key.owner, pool: key.id, id };
                let found = pools.directory.get::<Identity>(&place).await?;
                Some(found.ok_or_else(missing)?.record)
            }
        };
        let identity = match (by_user, by_id) {
            (None, None) => {
                let message = "IdentityId or DeveloperUserIdentifier must be given";
                return Err(PoolError::Parameter(message.to_owned()));
            }
            (None, Some(identity)) | (Some(Some(identity)), None) => identity,
            (Some(None), None) => {
                let message = "The developer user identifier has no identity.";
                return Err(PoolError::NotFound(message.to_owned()));
            }
            (Some(of_user), Some(identity)) => {
                if of_user.is_none_or(|other| other.id != identity.id) {
                    let message = "The developer user identifier is not this identity's.";
                    return Err(PoolError::Conflict(message.to_owned()));
                }
                identity
            }
        };
        Ok(page(&identity, input))
    }
}

/// A page of the identity's users; with both given, the one that was matched.
fn page(
    identity: &Identity,
    input: &LookupDeveloperIdentityInput,
) -> LookupDeveloperIdentityResponse {
    let both = input.developer_user_identifier.as_ref().filter(|_| input.identity_id.is_some());
    let wanted = input.max_results.and_then(|count| usize::try_from(count).ok());
    let wanted = wanted.unwrap_or(PAGE_MAX);
    let after = input.next_token.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let mut users = identity.developer_users.range::<str, _>((after, Bound::Unbounded));
    let listed: Vec<String> = match both {
        Some(user) => vec![user.clone()],
        None => users.by_ref().take(wanted).cloned().collect(),
    };
    let more = both.is_none() && users.next().is_some();
    LookupDeveloperIdentityResponse {
        next_token: listed.last().filter(|_| more).cloned(),
        developer_user_identifier_list: Some(listed),
        identity_id: Some(identity.id.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use types::Timestamp;

    use super::*;
    use crate::linking::Subjects;

    #[test]
    fn pages_have_every_user_once() {
        let id = "us-east-1:7c9e6679-7425-40de-944b-e07fc1f90ae7".parse().unwrap();
        let mut identity = Identity::new(id, Subjects::new(), Timestamp::UNIX_EPOCH);
        identity.developer_users = ["e", "b", "a", "d", "c"].map(str::to_owned).into();
        let mut input = LookupDeveloperIdentityInput {
            identity_id: Some(identity.id.to_string()),
            max_results: Some(2),
            ..LookupDeveloperIdentityInput::default()
        };
        let mut pages = Vec::new();
        loop {
            let page = page(&identity, &input);
            pages.push(page.developer_user_identifier_list.unwrap().concat());
            input.next_token = page.next_token;
            if input.next_token.is_none() {
                break;
            }
        }
        assert_eq!(pages, ["ab", "cd", "e"]);
        input.developer_user_identifier = Some("c".to_owned());
        let matched = page(&identity, &input);
        assert_eq!(matched.developer_user_identifier_list, Some(vec!["c".to_owned()]));
        assert_eq!(matched.next_token, None);
    }
}
