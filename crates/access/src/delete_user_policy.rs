use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DeleteUserPolicyRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
    names::check_policy_name,
};

/// [`DeleteUserPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html)
pub(crate) struct DeleteUserPolicy(pub(crate) Arc<Access>);

impl Operation for DeleteUserPolicy {
    type Wire = wire::iam::DeleteUserPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &DeleteUserPolicyRequest) -> Result<Vec<Need>, AccessError> {
        check_policy_name(&input.policy_name)?;
        Ok(vec![
            need::<IamUser>("iam:DeleteUserPolicy", &input.user_name)?.with_boundary_of_target(),
        ])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        inline_policies::delete(&self.0.directory, &asked, &request.input.policy_name).await
    }
}
