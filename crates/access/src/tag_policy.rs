use std::sync::Arc;

use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::TagPolicyRequest;

use crate::{
    Access,
    error::AccessError,
    managed_policies::{asked, need},
    tagging,
};

/// [`TagPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html)
pub(crate) struct TagPolicy(pub(crate) Arc<Access>);

impl Operation for TagPolicy {
    type Wire = wire::iam::TagPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &TagPolicyRequest) -> Result<Vec<Need>, AccessError> {
        let need = need("iam:TagPolicy", &input.policy_arn)?;
        Ok(vec![tagging::need_to_tag(need, &input.tags)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked(&request, &request.input.policy_arn)?;
        let tags = &request.input.tags;
        asked.change(&self.0.directory, |policy| tagging::add(&mut policy.tags, tags)).await
    }
}
