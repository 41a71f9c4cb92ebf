use std::sync::Arc;

use directory::{Change, PublicId, PublicResource, UserPool, UserPoolDomain, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{CreateUserPoolDomainRequest, CreateUserPoolDomainResponse};

use crate::{
    UserPools, domains,
    error::UserPoolsError,
    pools::{on_pool, pool_key},
};

/// [`CreateUserPoolDomain`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html)
///
/// The domain is kept and described; no pages are served there yet.
pub(crate) struct CreateUserPoolDomain(pub(crate) Arc<UserPools>);

impl Operation for CreateUserPoolDomain {
    type Wire = wire::cognito_idp::CreateUserPoolDomain;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &CreateUserPoolDomainRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        on_pool("cognito-idp:CreateUserPoolDomain", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateUserPoolDomainResponse, UserPoolsError> {
        let key = pool_key(&request, &request.input.user_pool_id)?;
        let CreateUserPoolDomainRequest {
            custom_domain_config,
            domain,
            managed_login_version,
            routing,
            user_pool_id: _,
        } = request.input;
        domains::check_served(custom_domain_config.as_ref(), routing.as_ref())?;
        domains::check_prefix(&domain)?;
        let managed_login_version = domains::version(managed_login_version)?;
        let domain = UserPoolDomain { prefix: domain, managed_login_version };
        self.0.create_user_pool_domain(&key, domain).await?;
        Ok(CreateUserPoolDomainResponse {
            managed_login_version: Some(managed_login_version.into()),
            ..CreateUserPoolDomainResponse::default()
        })
    }
}

impl UserPools {
    pub(crate) async fn create_user_pool_domain(
        &self,
        key: &UserPoolKey,
        domain: UserPoolDomain,
    ) -> Result<(), UserPoolsError> {
        let domain = &domain;
        self.directory
            .retry(|| async move {
                let found = self.pool(key).await?;
                let invalid = |why: &str| Err(UserPoolsError::InvalidParameter(why.to_owned()));
                if found.record.domain.is_some() {
                    return invalid("User pool already has a domain configured.");
                }
                let id = PublicId::UserPoolDomain(domain.prefix.clone());
                if self.directory.get::<PublicResource>(&id).await?.is_some() {
                    return invalid("Domain already associated with another user pool.");
                }
                let pool = UserPool {
                    domain: Some(domain.clone()),
                    last_modified: self.clock.now(),
                    ..found.record.clone()
                };
                let mut change = Change::new();
                change.replace(key, &found, &pool);
                Ok((change, ()))
            })
            .await
    }
}
