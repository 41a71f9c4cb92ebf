use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::AttachUserPolicyRequest;

use crate::{Access, attachments, entities::asked, error::AccessError};

/// [`AttachUserPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html)
pub(crate) struct AttachUserPolicy(pub(crate) Arc<Access>);

impl Operation for AttachUserPolicy {
    type Wire = wire::iam::AttachUserPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &AttachUserPolicyRequest) -> Result<Vec<Need>, AccessError> {
        let name = &input.user_name;
        Ok(vec![attachments::need::<IamUser>("iam:AttachUserPolicy", name, &input.policy_arn)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        attachments::attach(&self.0.directory, &asked, &request.input.policy_arn).await
    }
}
