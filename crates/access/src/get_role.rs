use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{GetRoleRequest, GetRoleResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    roles::described,
};

/// [`GetRole`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html)
pub(crate) struct GetRole(pub(crate) Arc<Access>);

impl Operation for GetRole {
    type Wire = wire::iam::GetRole;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &GetRoleRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<Role>("iam:GetRole", &input.role_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetRoleResponse, AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let (_, found) = asked.find(&self.0.directory).await?;
        Ok(GetRoleResponse { role: described(&found.record, &asked.owner) })
    }
}
