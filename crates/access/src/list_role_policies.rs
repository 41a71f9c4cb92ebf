use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListRolePoliciesRequest, ListRolePoliciesResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
};

/// [`ListRolePolicies`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html)
///
/// The marker is the name of the last policy of the page before.
pub(crate) struct ListRolePolicies(pub(crate) Arc<Access>);

impl Operation for ListRolePolicies {
    type Wire = wire::iam::ListRolePolicies;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &ListRolePoliciesRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<Role>("iam:ListRolePolicies", &input.role_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListRolePoliciesResponse, AccessError> {
        let asked = asked::<Role, _>(&request, &request.input.role_name)?;
        let (marker, max_items) = (request.input.marker.as_deref(), request.input.max_items);
        let page = inline_policies::list(&self.0.directory, &asked, marker, max_items).await?;
        Ok(ListRolePoliciesResponse {
            is_truncated: Some(page.is_truncated()),
            policy_names: page.items,
            marker: page.marker,
        })
    }
}
