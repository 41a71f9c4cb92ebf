use std::sync::Arc;

use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use wire::iam::{GetRoleRequest, GetRoleResponse};

use crate::{
    Access,
    error::AccessError,
    names::check_role_name,
    roles::{asked, described, find},
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
        let asked = asked(&request, &request.input.role_name)?;
        let (_, found) = find(&self.0.directory, &asked).await?;
        Ok(GetRoleResponse { role: described(&found.record, &asked.owner) })
    }
}
