use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    names::check_description,
    roles::described,
};

/// [`UpdateRoleDescription`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html)
pub(crate) struct UpdateRoleDescription(pub(crate) Arc<Access>);

impl Operation for UpdateRoleDescription {
    type Wire = wire::iam::UpdateRoleDescription;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &UpdateRoleDescriptionRequest,
    ) -> Result<Vec<Need>, AccessError> {
        check_description(&input.description)?;
        Ok(vec![need::<Role>("iam:UpdateRoleDescription", &input.role_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<UpdateRoleDescriptionResponse, AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let description = Some(request.input.description).filter(|text| !text.is_empty());
        let update = |role: &mut Role| {
            role.description.clone_from(&description);
            Ok(role.clone())
        };
        let role = asked.change(&self.0.directory, update).await?;
        Ok(UpdateRoleDescriptionResponse { role: Some(described(&role, &asked.owner)) })
    }
}
