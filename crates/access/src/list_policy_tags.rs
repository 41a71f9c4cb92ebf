use std::sync::Arc;

use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListPolicyTagsRequest, ListPolicyTagsResponse};

use crate::{
    Access,
    error::AccessError,
    managed_policies::{asked, need},
    tagging,
};

/// [`ListPolicyTags`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html)
///
/// The marker is the key of the last tag of the page before.
pub(crate) struct ListPolicyTags(pub(crate) Arc<Access>);

impl Operation for ListPolicyTags {
    type Wire = wire::iam::ListPolicyTags;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &ListPolicyTagsRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need("iam:ListPolicyTags", &input.policy_arn)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListPolicyTagsResponse, AccessError> {
        let asked = asked(&request, &request.input.policy_arn)?;
        let (_, found) = asked.find(&self.0.directory).await?;
        let (marker, max_items) = (request.input.marker.as_deref(), request.input.max_items);
        let page = tagging::list(&found.record.tags, marker, max_items);
        Ok(ListPolicyTagsResponse {
            is_truncated: Some(page.is_truncated()),
            tags: page.items,
            marker: page.marker,
        })
    }
}
