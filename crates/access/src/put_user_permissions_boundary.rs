use std::sync::Arc;

use directory::{Change, IamUser};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::PutUserPermissionsBoundaryRequest;

use crate::{
    Access,
    boundaries::parse_arn,
    entities::{asked, need},
    error::AccessError,
    managed_policies::require_policy,
};

/// [`PutUserPermissionsBoundary`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html)
///
/// Policies see the boundary that is to be set as `iam:PermissionsBoundary`.
pub(crate) struct PutUserPermissionsBoundary(pub(crate) Arc<Access>);

impl Operation for PutUserPermissionsBoundary {
    type Wire = wire::iam::PutUserPermissionsBoundary;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &PutUserPermissionsBoundaryRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let boundary = parse_arn(&input.permissions_boundary)?;
        let need = need::<IamUser>("iam:PutUserPermissionsBoundary", &input.user_name)?;
        Ok(vec![need.with("iam:permissionsboundary", boundary.to_string())])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = &asked::<IamUser, _>(&request, &request.input.user_name)?;
        let arn = &parse_arn(&request.input.permissions_boundary)?;
        let directory = &self.0.directory;
        let make = || async move {
            let mut change = Change::new();
            require_policy(directory, &asked.owner, arn, &mut change).await?;
            let (key, found) = asked.find(directory).await?;
            let permissions_boundary = Some(arn.clone());
            let entity = IamUser { permissions_boundary, ..found.record.clone() };
            change.replace(&key, &found, &entity);
            Ok((change, ()))
        };
        directory.retry(make).await
    }
}
