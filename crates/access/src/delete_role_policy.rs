use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DeleteRolePolicyRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
    names::check_policy_name,
};

/// [`DeleteRolePolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html)
pub(crate) struct DeleteRolePolicy(pub(crate) Arc<Access>);

impl Operation for DeleteRolePolicy {
    type Wire = wire::iam::DeleteRolePolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &DeleteRolePolicyRequest) -> Result<Vec<Need>, AccessError> {
        check_policy_name(&input.policy_name)?;
        Ok(vec![need::<Role>("iam:DeleteRolePolicy", &input.role_name)?.with_boundary_of_target()])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        inline_policies::delete(&self.0.directory, &asked, &request.input.policy_name).await
    }
}
