use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{UpdateRoleRequest, UpdateRoleResponse};

use crate::{
    Access,
    create_role::MAX_SESSION_DURATION_SECONDS_DEFAULT,
    entities::{asked, need},
    error::AccessError,
    names::check_description,
    roles::max_session_duration,
};

/// [`UpdateRole`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html)
///
/// What is not given becomes what a new role has: no description, and sessions of an hour.
pub(crate) struct UpdateRole(pub(crate) Arc<Access>);

impl Operation for UpdateRole {
    type Wire = wire::iam::UpdateRole;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &UpdateRoleRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<Role>("iam:UpdateRole", &input.role_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<UpdateRoleResponse, AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let description = request.input.description.filter(|text| !text.is_empty());
        check_description(description.as_deref().unwrap_or_default())?;
        let duration = request.input.max_session_duration.map(max_session_duration).transpose()?;
        let update = |role: &mut Role| {
            role.description.clone_from(&description);
            role.max_session_duration_seconds =
                duration.unwrap_or(MAX_SESSION_DURATION_SECONDS_DEFAULT);
            Ok(())
        };
        asked.change(&self.0.directory, update).await?;
        Ok(UpdateRoleResponse {})
    }
}
