use std::sync::Arc;

use directory::IamGroup;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListAttachedGroupPoliciesRequest, ListAttachedGroupPoliciesResponse};

use crate::{
    Access, attachments,
    entities::{asked, need},
    error::AccessError,
};

/// [`ListAttachedGroupPolicies`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html)
///
/// The marker is the ARN of the last policy of the page before.
pub(crate) struct ListAttachedGroupPolicies(pub(crate) Arc<Access>);

impl Operation for ListAttachedGroupPolicies {
    type Wire = wire::iam::ListAttachedGroupPolicies;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &ListAttachedGroupPoliciesRequest,
    ) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<IamGroup>("iam:ListAttachedGroupPolicies", &input.group_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListAttachedGroupPoliciesResponse, AccessError> {
        let asked = asked::<IamGroup, _>(&request, &request.input.group_name)?;
        let input = request.input;
        let (prefix, marker) = (input.path_prefix.as_deref(), input.marker.as_deref());
        let page = attachments::list(&self.0.directory, &asked, prefix, marker, input.max_items);
        let page = page.await?;
        Ok(ListAttachedGroupPoliciesResponse {
            is_truncated: Some(page.is_truncated()),
            attached_policies: Some(page.items),
            marker: page.marker,
        })
    }
}
