use std::sync::Arc;

use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use wire::iam::UpdateAssumeRolePolicyRequest;

use crate::{
    Access,
    documents::check_trust_policy,
    error::AccessError,
    names::check_role_name,
    roles::{asked, change},
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
        check_role_name(&input.role_name)?;
        Ok(vec![Need::new("iam:UpdateAssumeRolePolicy", On::Role(input.role_name.clone()))])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked(&request, &request.input.role_name)?;
        let input = request.input;
        check_trust_policy(&input.policy_document)?;
        change(&self.0.directory, &asked, |role| {
            role.trust_policy.clone_from(&input.policy_document);
            Ok(())
        })
        .await
    }
}
