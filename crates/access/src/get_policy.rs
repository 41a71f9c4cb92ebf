use std::sync::Arc;

use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{GetPolicyRequest, GetPolicyResponse, Policy};

use crate::{
    Access,
    error::AccessError,
    managed_policies::{asked, described, described_aws, need, uses},
    tagging,
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
        // The description and the list of tags, which may be empty, are told here alone.
        let policy = if let Some(policy) = asked.aws() {
            Policy {
                description: Some(policy.description.to_owned()),
                tags: Some(Vec::new()),
                ..described_aws(policy, uses)
            }
        } else {
            let policy = asked.find(directory).await?.1.record;
            Policy {
                description: policy.description.clone(),
                tags: Some(tagging::all(&policy.tags)),
                ..described(&policy, &asked.owner, uses)
            }
        };
        Ok(GetPolicyResponse { policy: Some(policy) })
    }
}
