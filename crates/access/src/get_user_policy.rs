use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{GetUserPolicyRequest, GetUserPolicyResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
    names::check_policy_name,
};

/// [`GetUserPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html)
pub(crate) struct GetUserPolicy(pub(crate) Arc<Access>);

impl Operation for GetUserPolicy {
    type Wire = wire::iam::GetUserPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &GetUserPolicyRequest) -> Result<Vec<Need>, AccessError> {
        check_policy_name(&input.policy_name)?;
        Ok(vec![need::<IamUser>("iam:GetUserPolicy", &input.user_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetUserPolicyResponse, AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        let name = &request.input.policy_name;
        let policy_document = inline_policies::get(&self.0.directory, &asked, name).await?;
        Ok(GetUserPolicyResponse {
            policy_document,
            policy_name: request.input.policy_name,
            user_name: request.input.user_name,
        })
    }
}
