use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse};

use crate::{
    Access, attachments,
    entities::{asked, need},
    error::AccessError,
};

/// [`ListAttachedRolePolicies`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html)
///
/// The marker is the ARN of the last policy of the page before.
pub(crate) struct ListAttachedRolePolicies(pub(crate) Arc<Access>);

impl Operation for ListAttachedRolePolicies {
    type Wire = wire::iam::ListAttachedRolePolicies;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &ListAttachedRolePoliciesRequest,
    ) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<Role>("iam:ListAttachedRolePolicies", &input.role_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListAttachedRolePoliciesResponse, AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let input = request.input;
        let (prefix, marker) = (input.path_prefix.as_deref(), input.marker.as_deref());
        let page = attachments::list(&self.0.directory, &asked, prefix, marker, input.max_items);
        let page = page.await?;
        Ok(ListAttachedRolePoliciesResponse {
            is_truncated: Some(page.is_truncated()),
            attached_policies: Some(page.items),
            marker: page.marker,
        })
    }
}
