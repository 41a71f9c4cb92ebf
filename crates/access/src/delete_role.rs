use std::sync::Arc;

use directory::Change;
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use wire::iam::DeleteRoleRequest;

use crate::{
    Access,
    error::AccessError,
    names::check_role_name,
    roles::{asked, find},
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
        check_role_name(&input.role_name)?;
        Ok(vec![Need::new("iam:DeleteRole", On::Role(input.role_name.clone()))])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked(&request, &request.input.role_name)?;
        let (key, found) = find(&self.0.directory, &asked).await?;
        if !found.record.inline_policies.is_empty() {
            return Err(AccessError::PoliciesRemain);
        }
        let mut change = Change::new();
        change.delete(&key, &found);
        self.0.directory.commit(change).await?;
        Ok(())
    }
}
