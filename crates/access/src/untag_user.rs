use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::UntagUserRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    tagging,
};

/// [`UntagUser`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html)
pub(crate) struct UntagUser(pub(crate) Arc<Access>);

impl Operation for UntagUser {
    type Wire = wire::iam::UntagUser;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &UntagUserRequest) -> Result<Vec<Need>, AccessError> {
        let need = need::<IamUser>("iam:UntagUser", &input.user_name)?;
        Ok(vec![tagging::need_to_untag(need, &input.tag_keys)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        let keys = &request.input.tag_keys;
        let remove = |entity: &mut IamUser| {
            tagging::remove(&mut entity.tags, keys);
            Ok(())
        };
        asked.change(&self.0.directory, remove).await
    }
}
