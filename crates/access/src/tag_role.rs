use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::TagRoleRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    tagging,
};

/// [`TagRole`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html)
pub(crate) struct TagRole(pub(crate) Arc<Access>);

impl Operation for TagRole {
    type Wire = wire::iam::TagRole;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &TagRoleRequest) -> Result<Vec<Need>, AccessError> {
        let need = need::<Role>("iam:TagRole", &input.role_name)?;
        Ok(vec![tagging::need_to_tag(need, &input.tags)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let tags = &request.input.tags;
        let add = |entity: &mut Role| tagging::add(&mut entity.tags, tags);
        asked.change(&self.0.directory, add).await
    }
}
