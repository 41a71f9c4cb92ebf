use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse};

use crate::{
    Access, attachments,
    entities::{asked, need},
    error::AccessError,
};

/// [`ListAttachedUserPolicies`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html)
///
/// The marker is the ARN of the last policy of the page before.
pub(crate) struct ListAttachedUserPolicies(pub(crate) Arc<Access>);

impl Operation for ListAttachedUserPolicies {
    type Wire = wire::iam::ListAttachedUserPolicies;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &ListAttachedUserPoliciesRequest,
    ) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<IamUser>("iam:ListAttachedUserPolicies", &input.user_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListAttachedUserPoliciesResponse, AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        let input = request.input;
        let (prefix, marker) = (input.path_prefix.as_deref(), input.marker.as_deref());
        let page = attachments::list(&self.0.directory, &asked, prefix, marker, input.max_items);
        let page = page.await?;
        Ok(ListAttachedUserPoliciesResponse {
            is_truncated: Some(page.is_truncated()),
            attached_policies: Some(page.items),
            marker: page.marker,
        })
    }
}
