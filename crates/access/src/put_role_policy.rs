use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::PutRolePolicyRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
    names::check_policy_name,
};

/// [`PutRolePolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html)
pub(crate) struct PutRolePolicy(pub(crate) Arc<Access>);

impl Operation for PutRolePolicy {
    type Wire = wire::iam::PutRolePolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &PutRolePolicyRequest) -> Result<Vec<Need>, AccessError> {
        check_policy_name(&input.policy_name)?;
        Ok(vec![need::<Role>("iam:PutRolePolicy", &input.role_name)?.with_boundary_of_target()])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let (name, document) = (&request.input.policy_name, &request.input.policy_document);
        inline_policies::put(&self.0.directory, &asked, name, document).await
    }
}
