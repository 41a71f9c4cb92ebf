use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::UpdateAssumeRolePolicyRequest;

use crate::{
    Access,
    documents::check_trust,
    entities::{asked, need},
    error::AccessError,
};

/// [`UpdateAssumeRolePolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html)
pub(crate) struct UpdateAssumeRolePolicy(pub(crate) Arc<Access>);

impl Operation for UpdateAssumeRolePolicy {
    type Wire = wire::iam::UpdateAssumeRolePolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &UpdateAssumeRolePolicyRequest,
    ) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<Role>("iam:UpdateAssumeRolePolicy", &input.role_name)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let document = &request.input.policy_document;
        check_trust(&request, document).await?;
        let update = |role: &mut Role| {
            role.trust_policy.clone_from(document);
            Ok(())
        };
        asked.change(&self.0.directory, update).await
    }
}
