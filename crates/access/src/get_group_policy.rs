use std::sync::Arc;

use directory::IamGroup;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{GetGroupPolicyRequest, GetGroupPolicyResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
    names::check_policy_name,
};

/// [`GetGroupPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html)
pub(crate) struct GetGroupPolicy(pub(crate) Arc<Access>);

impl Operation for GetGroupPolicy {
    type Wire = wire::iam::GetGroupPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &GetGroupPolicyRequest) -> Result<Vec<Need>, AccessError> {
        check_policy_name(&input.policy_name)?;
        Ok(vec![need::<IamGroup>("iam:GetGroupPolicy", &input.group_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetGroupPolicyResponse, AccessError> {
        let asked = asked::<IamGroup, _>(&request, &request.input.group_name)?;
        let name = &request.input.policy_name;
        let policy_document = inline_policies::get(&self.0.directory, &asked, name).await?;
        Ok(GetGroupPolicyResponse {
            policy_document,
            policy_name: request.input.policy_name,
            group_name: request.input.group_name,
        })
    }
}
