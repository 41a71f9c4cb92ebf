use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DetachUserPolicyRequest;

use crate::{Access, attachments, entities::asked, error::AccessError};

/// [`DetachUserPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html)
pub(crate) struct DetachUserPolicy(pub(crate) Arc<Access>);

impl Operation for DetachUserPolicy {
    type Wire = wire::iam::DetachUserPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &DetachUserPolicyRequest) -> Result<Vec<Need>, AccessError> {
        let name = &input.user_name;
        Ok(vec![attachments::need::<IamUser>("iam:DetachUserPolicy", name, &input.policy_arn)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        attachments::detach(&self.0.directory, &asked, &request.input.policy_arn).await
    }
}
