use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DetachRolePolicyRequest;

use crate::{Access, attachments, entities::asked, error::AccessError};

/// [`DetachRolePolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html)
pub(crate) struct DetachRolePolicy(pub(crate) Arc<Access>);

impl Operation for DetachRolePolicy {
    type Wire = wire::iam::DetachRolePolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &DetachRolePolicyRequest) -> Result<Vec<Need>, AccessError> {
        let name = &input.role_name;
        Ok(vec![attachments::need::<Role>("iam:DetachRolePolicy", name, &input.policy_arn)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        attachments::detach(&self.0.directory, &asked, &request.input.policy_arn).await
    }
}
