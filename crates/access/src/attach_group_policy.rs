use std::sync::Arc;

use directory::IamGroup;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::AttachGroupPolicyRequest;

use crate::{Access, attachments, entities::asked, error::AccessError};

/// [`AttachGroupPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachGroupPolicy.html)
pub(crate) struct AttachGroupPolicy(pub(crate) Arc<Access>);

impl Operation for AttachGroupPolicy {
    type Wire = wire::iam::AttachGroupPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &AttachGroupPolicyRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let name = &input.group_name;
        Ok(vec![attachments::need::<IamGroup>("iam:AttachGroupPolicy", name, &input.policy_arn)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<IamGroup, _>(&request, &request.input.group_name)?;
        attachments::attach(&self.0.directory, &asked, &request.input.policy_arn).await
    }
}
