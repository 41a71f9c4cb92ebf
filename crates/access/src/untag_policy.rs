use std::sync::Arc;

use directory::ManagedPolicy;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::UntagPolicyRequest;

use crate::{
    Access,
    error::AccessError,
    managed_policies::{asked, need},
    tagging,
};

/// [`UntagPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html)
pub(crate) struct UntagPolicy(pub(crate) Arc<Access>);

impl Operation for UntagPolicy {
    type Wire = wire::iam::UntagPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &UntagPolicyRequest) -> Result<Vec<Need>, AccessError> {
        let need = need("iam:UntagPolicy", &input.policy_arn)?;
        Ok(vec![tagging::need_to_untag(need, &input.tag_keys)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked(&request, &request.input.policy_arn)?;
        let keys = &request.input.tag_keys;
        let remove = |policy: &mut ManagedPolicy| {
            tagging::remove(&mut policy.tags, keys);
            Ok(())
        };
        asked.change(&self.0.directory, remove).await
    }
}
