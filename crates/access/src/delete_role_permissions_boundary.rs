use std::sync::Arc;

use directory::{Entity as _, Role};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DeleteRolePermissionsBoundaryRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
};

/// [`DeleteRolePermissionsBoundary`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html)
///
/// Policies see the boundary that is to go as `iam:PermissionsBoundary`.
pub(crate) struct DeleteRolePermissionsBoundary(pub(crate) Arc<Access>);

impl Operation for DeleteRolePermissionsBoundary {
    type Wire = wire::iam::DeleteRolePermissionsBoundary;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &DeleteRolePermissionsBoundaryRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let need = need::<Role>("iam:DeleteRolePermissionsBoundary", &input.role_name)?;
        Ok(vec![need.with_boundary_of_target()])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let remove = |entity: &mut Role| match entity.permissions_boundary.take() {
            Some(_) => Ok(()),
            None => Err(AccessError::NoBoundary { kind: Role::KIND, name: entity.name.clone() }),
        };
        asked.change(&self.0.directory, remove).await
    }
}
