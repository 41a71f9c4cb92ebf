use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListInstanceProfilesForRoleRequest, ListInstanceProfilesForRoleResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
};

/// [`ListInstanceProfilesForRole`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html)
///
/// There are no instance profiles, so the list is empty.
pub(crate) struct ListInstanceProfilesForRole(pub(crate) Arc<Access>);

impl Operation for ListInstanceProfilesForRole {
    type Wire = wire::iam::ListInstanceProfilesForRole;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &ListInstanceProfilesForRoleRequest,
    ) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<Role>("iam:ListInstanceProfilesForRole", &input.role_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListInstanceProfilesForRoleResponse, AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        asked.find(&self.0.directory).await?;
        Ok(ListInstanceProfilesForRoleResponse {
            instance_profiles: Vec::new(),
            is_truncated: Some(false),
            marker: None,
        })
    }
}
