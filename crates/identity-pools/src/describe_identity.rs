use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::cognito_identity::{DescribeIdentityInput, IdentityDescription};

use crate::{
    IdentityPools, error::PoolError, identity_shape::described, ids::identity_id,
    subject::find_identity,
};

/// [`DescribeIdentity`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DescribeIdentity.html)
///
/// Names the providers of the logins, not the subjects.
pub(crate) struct DescribeIdentity(pub(crate) Arc<IdentityPools>);

impl Operation for DescribeIdentity {
    type Wire = wire::cognito_identity::DescribeIdentity;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &DescribeIdentityInput) -> Result<Vec<Need>, PoolError> {
        identity_id(&input.identity_id)?;
        // The Service Authorization Reference gives this action no resource.
        Ok(vec![Need::new("cognito-identity:DescribeIdentity", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<IdentityDescription, PoolError> {
        let owner = request.owner().ok_or(PoolError::NoAccount)?;
        let missing = || PoolError::NoSuchIdentity(request.input.identity_id.clone());
        let id = identity_id(&request.input.identity_id)?.ok_or_else(missing)?;
        let found = find_identity(&self.0.directory, &request, &id).await?;
        // Another account's identity is not there.
        let (_, pool, identity) =
            found.filter(|(key, _, _)| key.owner == owner).ok_or_else(missing)?;
        Ok(described(&pool, &identity))
    }
}
