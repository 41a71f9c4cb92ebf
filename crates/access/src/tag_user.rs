use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::TagUserRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    tagging,
};

/// [`TagUser`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html)
pub(crate) struct TagUser(pub(crate) Arc<Access>);

impl Operation for TagUser {
    type Wire = wire::iam::TagUser;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &TagUserRequest) -> Result<Vec<Need>, AccessError> {
        let need = need::<IamUser>("iam:TagUser", &input.user_name)?;
        Ok(vec![tagging::need_to_tag(need, &input.tags)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        let tags = &request.input.tags;
        let add = |entity: &mut IamUser| tagging::add(&mut entity.tags, tags);
        asked.change(&self.0.directory, add).await
    }
}
