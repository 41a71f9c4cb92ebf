use std::sync::Arc;

use directory::IamGroup;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DetachGroupPolicyRequest;

use crate::{Access, attachments, entities::asked, error::AccessError};

/// [`DetachGroupPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html)
pub(crate) struct DetachGroupPolicy(pub(crate) Arc<Access>);

impl Operation for DetachGroupPolicy {
    type Wire = wire::iam::DetachGroupPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &DetachGroupPolicyRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let name = &input.group_name;
        Ok(vec![attachments::need::<IamGroup>("iam:DetachGroupPolicy", name, &input.policy_arn)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<IamGroup, _>(&request, &request.input.group_name)?;
        attachments::detach(&self.0.directory, &asked, &request.input.policy_arn).await
    }
}
