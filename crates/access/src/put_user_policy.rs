use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::PutUserPolicyRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
    names::check_policy_name,
};

/// [`PutUserPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html)
pub(crate) struct PutUserPolicy(pub(crate) Arc<Access>);

impl Operation for PutUserPolicy {
    type Wire = wire::iam::PutUserPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &PutUserPolicyRequest) -> Result<Vec<Need>, AccessError> {
        check_policy_name(&input.policy_name)?;
        Ok(vec![need::<IamUser>("iam:PutUserPolicy", &input.user_name)?.with_boundary_of_target()])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        let (name, document) = (&request.input.policy_name, &request.input.policy_document);
        inline_policies::put(&self.0.directory, &asked, name, document).await
    }
}
