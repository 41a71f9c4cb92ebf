use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::AttachRolePolicyRequest;

use crate::{Access, attachments, entities::asked, error::AccessError};

/// [`AttachRolePolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html)
pub(crate) struct AttachRolePolicy(pub(crate) Arc<Access>);

impl Operation for AttachRolePolicy {
    type Wire = wire::iam::AttachRolePolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &AttachRolePolicyRequest) -> Result<Vec<Need>, AccessError> {
        let name = &input.role_name;
        Ok(vec![attachments::need::<Role>("iam:AttachRolePolicy", name, &input.policy_arn)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        attachments::attach(&self.0.directory, &asked, &request.input.policy_arn).await
    }
}
