use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{GetRolePolicyRequest, GetRolePolicyResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
    names::check_policy_name,
};

/// [`GetRolePolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html)
pub(crate) struct GetRolePolicy(pub(crate) Arc<Access>);

impl Operation for GetRolePolicy {
    type Wire = wire::iam::GetRolePolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &GetRolePolicyRequest) -> Result<Vec<Need>, AccessError> {
        check_policy_name(&input.policy_name)?;
        Ok(vec![need::<Role>("iam:GetRolePolicy", &input.role_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetRolePolicyResponse, AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let name = &request.input.policy_name;
        let policy_document = inline_policies::get(&self.0.directory, &asked, name).await?;
        Ok(GetRolePolicyResponse {
            policy_document,
            policy_name: request.input.policy_name,
            role_name: request.input.role_name,
        })
    }
}
