use std::sync::Arc;

use directory::IamGroup;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::PutGroupPolicyRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
    names::check_policy_name,
};

/// [`PutGroupPolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html)
pub(crate) struct PutGroupPolicy(pub(crate) Arc<Access>);

impl Operation for PutGroupPolicy {
    type Wire = wire::iam::PutGroupPolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &PutGroupPolicyRequest) -> Result<Vec<Need>, AccessError> {
        check_policy_name(&input.policy_name)?;
        Ok(vec![need::<IamGroup>("iam:PutGroupPolicy", &input.group_name)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<IamGroup, _>(&request, &request.input.group_name)?;
        let (name, document) = (&request.input.policy_name, &request.input.policy_document);
        inline_policies::put(&self.0.directory, &asked, name, document).await
    }
}
