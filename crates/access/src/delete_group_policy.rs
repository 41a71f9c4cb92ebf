use std::sync::Arc;

use directory::IamGroup;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DeleteGroupPolicyRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
    names::check_policy_name,
};

/// [`DeleteGroupPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html)
pub(crate) struct DeleteGroupPolicy(pub(crate) Arc<Access>);

impl Operation for DeleteGroupPolicy {
    type Wire = wire::iam::DeleteGroupPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &DeleteGroupPolicyRequest,
    ) -> Result<Vec<Need>, AccessError> {
        check_policy_name(&input.policy_name)?;
        Ok(vec![need::<IamGroup>("iam:DeleteGroupPolicy", &input.group_name)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<IamGroup, _>(&request, &request.input.group_name)?;
        inline_policies::delete(&self.0.directory, &asked, &request.input.policy_name).await
    }
}
