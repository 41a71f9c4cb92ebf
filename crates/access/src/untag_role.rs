use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::UntagRoleRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    tagging,
};

/// [`UntagRole`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html)
pub(crate) struct UntagRole(pub(crate) Arc<Access>);

impl Operation for UntagRole {
    type Wire = wire::iam::UntagRole;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &UntagRoleRequest) -> Result<Vec<Need>, AccessError> {
        let need = need::<Role>("iam:UntagRole", &input.role_name)?;
        Ok(vec![tagging::need_to_untag(need, &input.tag_keys)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let keys = &request.input.tag_keys;
        let remove = |entity: &mut Role| {
            tagging::remove(&mut entity.tags, keys);
            Ok(())
        };
        asked.change(&self.0.directory, remove).await
    }
}
