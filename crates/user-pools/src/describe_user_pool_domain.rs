use std::sync::Arc;

use directory::{Owner, PublicId, UserPool, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::cognito_idp::{
    DescribeUserPoolDomainRequest, DescribeUserPoolDomainResponse, DomainDescriptionType,
    DomainStatusType,
};

use crate::{UserPools, error::UserPoolsError, names::pool_id};

/// [`DescribeUserPoolDomain`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPoolDomain.html)
///
/// A domain that there is not, or that is another account's, is described by nothing.
pub(crate) struct DescribeUserPoolDomain(pub(crate) Arc<UserPools>);

impl Operation for DescribeUserPoolDomain {
    type Wire = wire::cognito_idp::DescribeUserPoolDomain;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        _: &DescribeUserPoolDomainRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        Ok(vec![Need::new("cognito-idp:DescribeUserPoolDomain", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DescribeUserPoolDomainResponse, UserPoolsError> {
        let owner = request.owner().ok_or(UserPoolsError::NoAccount)?;
        let domain = &request.input.domain;
        let found = request.public_owner(PublicId::UserPoolDomain(domain.clone())).await?;
        let own = found.filter(|(found, _)| *found == owner).map(|(_, resource)| resource.pool);
        let description = match own {
            Some(pool) => self.0.domain_description(owner, &pool, domain).await?,
            None => None,
        };
        Ok(DescribeUserPoolDomainResponse {
            domain_description: Some(description.unwrap_or_default()),
        })
    }
}

impl UserPools {
    async fn domain_description(
        &self,
        owner: Owner,
        pool: &str,
        prefix: &str,
    ) -> Result<Option<DomainDescriptionType>, UserPoolsError> {
        let key = UserPoolKey { owner, id: pool_id(pool)? };
        let found = self.directory.get::<UserPool>(&key).await?;
        let domain = found.and_then(|found| found.record.domain);
        Ok(domain.filter(|domain| domain.prefix == prefix).map(|domain| DomainDescriptionType {
            aws_account_id: Some(key.owner.account().to_string()),
            domain: Some(domain.prefix),
            managed_login_version: Some(domain.managed_login_version.into()),
            status: Some(DomainStatusType::Active),
            user_pool_id: Some(key.id.to_string()),
            ..DomainDescriptionType::default()
        }))
    }
}
