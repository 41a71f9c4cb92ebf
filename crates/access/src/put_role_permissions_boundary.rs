use std::sync::Arc;

use directory::{Change, Role};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::PutRolePermissionsBoundaryRequest;

use crate::{
    Access,
    boundaries::parse_arn,
    entities::{asked, need},
    error::AccessError,
    managed_policies::require_policy,
};

/// [`PutRolePermissionsBoundary`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html)
///
/// Policies see the boundary that is to be set as `iam:PermissionsBoundary`.
pub(crate) struct PutRolePermissionsBoundary(pub(crate) Arc<Access>);

impl Operation for PutRolePermissionsBoundary {
    type Wire = wire::iam::PutRolePermissionsBoundary;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &PutRolePermissionsBoundaryRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let boundary = parse_arn(&input.permissions_boundary)?;
        let need = need::<Role>("iam:PutRolePermissionsBoundary", &input.role_name)?;
        Ok(vec![need.with("iam:permissionsboundary", boundary.to_string())])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = &asked::<Role, _>(&request, &request.input.role_name)?;
        let arn = &parse_arn(&request.input.permissions_boundary)?;
        let directory = &self.0.directory;
        let make = || async move {
            let mut change = Change::new();
            require_policy(directory, &asked.owner, arn, &mut change).await?;
            let (key, found) = asked.find(directory).await?;
            let permissions_boundary = Some(arn.clone());
            let entity = Role { permissions_boundary, ..found.record.clone() };
            change.replace(&key, &found, &entity);
            Ok((change, ()))
        };
        directory.retry(make).await
    }
}
