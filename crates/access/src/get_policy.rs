use std::sync::Arc;

use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{GetPolicyRequest, GetPolicyResponse};

use crate::{
    Access,
    error::AccessError,
    managed_policies::{asked, described, described_aws, need, uses},
};

/// [`GetPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html)
pub(crate) struct GetPolicy(pub(crate) Arc<Access>);

impl Operation for GetPolicy {
    type Wire = wire::iam::GetPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &GetPolicyRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need("iam:GetPolicy", &input.policy_arn)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetPolicyResponse, AccessError> {
        let asked = asked(&request, &request.input.policy_arn)?;
        let directory = &self.0.directory;
        let uses = uses(directory, &asked.owner, &asked.arn).await?;
        let policy = match asked.aws() {
            Some(policy) => described_aws(policy, uses),
            None => described(&asked.find(directory).await?.1.record, &asked.owner, uses),
        };
        Ok(GetPolicyResponse { policy: Some(policy) })
    }
}
