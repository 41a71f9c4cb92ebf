use std::sync::Arc;

use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use wire::iam::{GetRolePolicyRequest, GetRolePolicyResponse};

use crate::{
    Access,
    error::AccessError,
    names::{check_policy_name, check_role_name},
    roles::{asked, encoded, find},
};

/// [`GetRolePolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html)
pub(crate) struct GetRolePolicy(pub(crate) Arc<Access>);

impl Operation for GetRolePolicy {
    type Wire = wire::iam::GetRolePolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &GetRolePolicyRequest) -> Result<Vec<Need>, AccessError> {
        check_role_name(&input.role_name)?;
        check_policy_name(&input.policy_name)?;
        Ok(vec![Need::new("iam:GetRolePolicy", On::Role(input.role_name.clone()))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetRolePolicyResponse, AccessError> {
        let asked = asked(&request, &request.input.role_name)?;
        let (_, found) = find(&self.0.directory, &asked).await?;
        let name = request.input.policy_name;
        let Some(document) = found.record.inline_policies.get(&name) else {
            return Err(AccessError::NoSuchPolicy(name));
        };
        Ok(GetRolePolicyResponse {
            policy_document: encoded(document),
            role_name: found.record.name,
            policy_name: name,
        })
    }
}
