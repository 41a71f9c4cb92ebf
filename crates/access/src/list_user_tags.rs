use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListUserTagsRequest, ListUserTagsResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    tagging,
};

/// [`ListUserTags`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html)
///
/// The marker is the key of the last tag of the page before.
pub(crate) struct ListUserTags(pub(crate) Arc<Access>);

impl Operation for ListUserTags {
    type Wire = wire::iam::ListUserTags;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &ListUserTagsRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<IamUser>("iam:ListUserTags", &input.user_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListUserTagsResponse, AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        let (_, found) = asked.find(&self.0.directory).await?;
        let (marker, max_items) = (request.input.marker.as_deref(), request.input.max_items);
        let page = tagging::list(&found.record.tags, marker, max_items);
        Ok(ListUserTagsResponse {
            is_truncated: Some(page.is_truncated()),
            tags: page.items,
            marker: page.marker,
        })
    }
}
