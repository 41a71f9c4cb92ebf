use std::sync::Arc;

use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use wire::iam::{GetRoleRequest, GetRoleResponse};

use crate::{
    Access,
    error::AccessError,
    names::check_role_name,
    roles::{described, find, owner},
};

/// [`GetRole`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html)
pub(crate) struct GetRole(pub(crate) Arc<Access>);

impl Operation for GetRole {
    type Wire = wire::iam::GetRole;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &GetRoleRequest) -> Result<Vec<Need>, AccessError> {
        check_role_name(&input.role_name)?;
        Ok(vec![Need::new("iam:GetRole", On::Role(input.role_name.clone()))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetRoleResponse, AccessError> {
        let owner = owner(&request)?;
        let (_, found) = find(&self.0.directory, &owner, &request.input.role_name).await?;
        Ok(GetRoleResponse { role: described(&found.record, &owner) })
    }
}
