use std::sync::Arc;

use directory::IamGroup;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListGroupPoliciesRequest, ListGroupPoliciesResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
};

/// [`ListGroupPolicies`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupPolicies.html)
///
/// The marker is the name of the last policy of the page before.
pub(crate) struct ListGroupPolicies(pub(crate) Arc<Access>);

impl Operation for ListGroupPolicies {
    type Wire = wire::iam::ListGroupPolicies;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &ListGroupPoliciesRequest,
    ) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<IamGroup>("iam:ListGroupPolicies", &input.group_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListGroupPoliciesResponse, AccessError> {
        let asked = asked::<IamGroup, _>(&request, &request.input.group_name)?;
        let (marker, max_items) = (request.input.marker.as_deref(), request.input.max_items);
        let page = inline_policies::list(&self.0.directory, &asked, marker, max_items).await?;
        Ok(ListGroupPoliciesResponse {
            is_truncated: Some(page.is_truncated()),
            policy_names: page.items,
            marker: page.marker,
        })
    }
}
