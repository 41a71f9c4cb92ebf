use std::sync::Arc;

use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use wire::iam::DeleteRolePolicyRequest;

use crate::{
    Access,
    error::AccessError,
    names::{check_policy_name, check_role_name},
    roles::{asked, change},
};

/// [`DeleteRolePolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html)
pub(crate) struct DeleteRolePolicy(pub(crate) Arc<Access>);

impl Operation for DeleteRolePolicy {
    type Wire = wire::iam::DeleteRolePolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &DeleteRolePolicyRequest) -> Result<Vec<Need>, AccessError> {
        check_role_name(&input.role_name)?;
        check_policy_name(&input.policy_name)?;
        Ok(vec![Need::new("iam:DeleteRolePolicy", On::Role(input.role_name.clone()))])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked(&request, &request.input.role_name)?;
        let input = request.input;
        change(&self.0.directory, &asked, |role| {
            let gone = role.inline_policies.remove(&input.policy_name);
            gone.map(drop).ok_or_else(|| AccessError::NoSuchPolicy(input.policy_name.clone()))
        })
        .await
    }
}
