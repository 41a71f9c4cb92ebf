use std::sync::Arc;

use directory::{Entity as _, IamUser};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DeleteUserPermissionsBoundaryRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
};

/// [`DeleteUserPermissionsBoundary`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html)
///
/// Policies see the boundary that is to go as `iam:PermissionsBoundary`.
pub(crate) struct DeleteUserPermissionsBoundary(pub(crate) Arc<Access>);

impl Operation for DeleteUserPermissionsBoundary {
    type Wire = wire::iam::DeleteUserPermissionsBoundary;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &DeleteUserPermissionsBoundaryRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let need = need::<IamUser>("iam:DeleteUserPermissionsBoundary", &input.user_name)?;
        Ok(vec![need.with_boundary_of_target()])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        let remove = |entity: &mut IamUser| match entity.permissions_boundary.take() {
            Some(_) => Ok(()),
            None => Err(AccessError::NoBoundary { kind: IamUser::KIND, name: entity.name.clone() }),
        };
        asked.change(&self.0.directory, remove).await
    }
}
