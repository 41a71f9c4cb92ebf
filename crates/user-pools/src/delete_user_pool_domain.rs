use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{DeleteUserPoolDomainRequest, DeleteUserPoolDomainResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    pools::{on_pool, pool_key},
};

/// [`DeleteUserPoolDomain`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolDomain.html)
pub(crate) struct DeleteUserPoolDomain(pub(crate) Arc<UserPools>);

impl Operation for DeleteUserPoolDomain {
    type Wire = wire::cognito_idp::DeleteUserPoolDomain;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &DeleteUserPoolDomainRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        on_pool("cognito-idp:DeleteUserPoolDomain", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DeleteUserPoolDomainResponse, UserPoolsError> {
        let key = pool_key(&request, &request.input.user_pool_id)?;
        self.0.change_domain(&key, &request.input.domain, |_| None).await?;
        Ok(DeleteUserPoolDomainResponse {})
    }
}
