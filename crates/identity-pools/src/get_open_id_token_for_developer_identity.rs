use std::sync::Arc;

use directory::DEVELOPER_LOGINS;
use gate::{Access, Authorized, Caller, Need, Operation};
use types::SignedDuration;
use wire::cognito_identity::{
    GetOpenIdTokenForDeveloperIdentityInput, GetOpenIdTokenForDeveloperIdentityResponse,
};

use crate::{
    IdentityPools, developer, developer_token,
    error::PoolError,
    identities::{Asker, Identities},
    ids::identity_id,
    login,
    pool_shape::{need, own_pool},
    pool_token::{self, Contents},
    principal_tags,
};

/// How long a token lives, in seconds, if the request does not say. Source: API reference.
const DURATION_SECONDS_DEFAULT: i64 = 900;

/// The longest name of a user. Source: API reference, `DeveloperUserIdentifier`.
const USER_CHARACTERS_MAX: usize = 1024;

/// [`GetOpenIdTokenForDeveloperIdentity`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdTokenForDeveloperIdentity.html)
///
/// The caller, who may do this, vouches for a user of the application's own sign-in. The token is
/// taken to STS, or handed in at `GetCredentialsForIdentity`.
pub(crate) struct GetOpenIdTokenForDeveloperIdentity(pub(crate) Arc<IdentityPools>);

impl Operation for GetOpenIdTokenForDeveloperIdentity {
    type Wire = wire::cognito_identity::GetOpenIdTokenForDeveloperIdentity;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &GetOpenIdTokenForDeveloperIdentityInput,
    ) -> Result<Vec<Need>, PoolError> {
        let action = "cognito-identity:GetOpenIdTokenForDeveloperIdentity";
        need(caller, action, &input.identity_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetOpenIdTokenForDeveloperIdentityResponse, PoolError> {
        let pools = &*self.0;
        let input = &request.input;
        let (key, pool) = own_pool(pools, &request, &input.identity_pool_id).await?;
        let provider = developer::provider(&pool)?;
        let mut others = input.logins.clone();
        let user = others.remove(provider).ok_or_else(|| {
            PoolError::Parameter(format!("Logins must name the developer provider {provider:?}"))
        })?;
        let user = user.expose();
        if user.is_empty() || user.chars().count() > USER_CHARACTERS_MAX {
            let message =
                format!("A developer user identifier has 1 to {USER_CHARACTERS_MAX} characters");
            return Err(PoolError::Parameter(message));
        }
        // Whoever may vouch for a user needs no token for one.
        if others.contains_key(DEVELOPER_LOGINS) {
            return Err(PoolError::NotServed { member: DEVELOPER_LOGINS });
        }
        let tags = input.principal_tags.clone().unwrap_or_default();
        principal_tags::check(&tags)?;

        let logins = login::check(pools, &request, &key, &pool, &others).await?;
        let mut subjects = logins.subjects();
        subjects.insert(DEVELOPER_LOGINS.to_owned(), user.to_owned());
        let (directory, asker) = (&pools.directory, Asker::Developer);
        let identities = Identities { directory, key: &key, pool: &pool, asker };
        let now = pools.clock.now();
        let identity = match &input.identity_id {
            None => identities.of(&subjects, now, &*pools.entropy).await?,
            Some(id) => {
                let missing = || PoolError::NoSuchIdentity(id.clone());
                let id = identity_id(id)?.ok_or_else(missing)?;
                identities.prove(&id, &subjects, now).await?
            }
        };
        let mut methods = vec!["authenticated".to_owned()];
        let of_user_pools = logins.of_user_pools.iter();
        methods.extend(of_user_pools.flat_map(pool_token::methods_of));
        methods.extend(developer_token::methods(provider, &key.id.to_string(), user));
        let seconds = input.token_duration.unwrap_or(DURATION_SECONDS_DEFAULT);
        let lifetime = SignedDuration::from_secs(seconds);
        let contents = Contents { identity: identity.id.clone(), methods, tags, lifetime };
        let token = pool_token::sign(pools, &key, contents).await?;
        Ok(GetOpenIdTokenForDeveloperIdentityResponse {
            identity_id: Some(identity.id.to_string()),
            token: Some(token.into()),
        })
    }
}
