use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListRoleTagsRequest, ListRoleTagsResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    tagging,
};

/// [`ListRoleTags`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html)
///
/// The marker is the key of the last tag of the page before.
pub(crate) struct ListRoleTags(pub(crate) Arc<Access>);

impl Operation for ListRoleTags {
    type Wire = wire::iam::ListRoleTags;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &ListRoleTagsRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<Role>("iam:ListRoleTags", &input.role_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListRoleTagsResponse, AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let (_, found) = asked.find(&self.0.directory).await?;
        let (marker, max_items) = (request.input.marker.as_deref(), request.input.max_items);
        let page = tagging::list(&found.record.tags, marker, max_items);
        Ok(ListRoleTagsResponse {
            is_truncated: Some(page.is_truncated()),
            tags: page.items,
            marker: page.marker,
        })
    }
}
