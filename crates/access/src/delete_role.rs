use std::sync::Arc;

use directory::{Change, Role};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DeleteRoleRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
};

/// [`DeleteRole`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html)
///
/// Ends the role's sessions: they are worth what the role is worth.
pub(crate) struct DeleteRole(pub(crate) Arc<Access>);

impl Operation for DeleteRole {
    type Wire = wire::iam::DeleteRole;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &DeleteRoleRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<Role>("iam:DeleteRole", &input.role_name)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = &asked::<Role, _>(&request, &request.input.role_name)?;
        let directory = &self.0.directory;
        let make = || async move {
            let (key, found) = asked.find(directory).await?;
            if !found.record.inline_policies.is_empty() {
                return Err(AccessError::Remains("delete policies"));
            }
            if !found.record.managed_policies.is_empty() {
                return Err(AccessError::Remains("detach all policies"));
            }
            let mut change = Change::new();
            change.delete(&key, &found);
            Ok((change, ()))
        };
        directory.retry(make).await
    }
}
