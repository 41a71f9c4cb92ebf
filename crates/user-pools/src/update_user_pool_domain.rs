use std::sync::Arc;

use directory::{UserPool, UserPoolDomain, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{UpdateUserPoolDomainRequest, UpdateUserPoolDomainResponse};

use crate::{
    UserPools, domains,
    error::UserPoolsError,
    pools::{on_pool, pool_key},
};

/// [`UpdateUserPoolDomain`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolDomain.html)
pub(crate) struct UpdateUserPoolDomain(pub(crate) Arc<UserPools>);

impl Operation for UpdateUserPoolDomain {
    type Wire = wire::cognito_idp::UpdateUserPoolDomain;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &UpdateUserPoolDomainRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        on_pool("cognito-idp:UpdateUserPoolDomain", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<UpdateUserPoolDomainResponse, UserPoolsError> {
        let key = pool_key(&request, &request.input.user_pool_id)?;
        let UpdateUserPoolDomainRequest {
            custom_domain_config,
            domain,
            managed_login_version,
            routing,
            user_pool_id: _,
        } = request.input;
        domains::check_served(custom_domain_config.as_ref(), routing.as_ref())?;
        let version = domains::version(managed_login_version)?;
        self.0
            .change_domain(&key, &domain, |domain| {
                Some(UserPoolDomain { managed_login_version: version, ..domain })
            })
            .await?;
        Ok(UpdateUserPoolDomainResponse {
            managed_login_version: Some(version.into()),
            ..UpdateUserPoolDomainResponse::default()
        })
    }
}

impl UserPools {
    /// Changes the pool's domain, which must have this prefix, or takes it away.
    pub(crate) async fn change_domain(
        &self,
        key: &UserPoolKey,
        prefix: &str,
        change: impl Fn(UserPoolDomain) -> Option<UserPoolDomain>,
    ) -> Result<(), UserPoolsError> {
        let edit = |pool: &mut UserPool| -> Result<(), UserPoolsError> {
            let domain = pool.domain.clone().filter(|domain| domain.prefix == prefix);
            pool.domain = change(domain.ok_or(UserPoolsError::NoSuchDomain)?);
            pool.last_modified = self.clock.now();
            Ok(())
        };
        let changed = self.directory.update(key, edit).await?;
        changed.ok_or_else(|| UserPoolsError::NoSuchPool(key.id.clone()))
    }
}
