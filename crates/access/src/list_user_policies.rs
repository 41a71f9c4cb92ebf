use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListUserPoliciesRequest, ListUserPoliciesResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    inline_policies,
};

/// [`ListUserPolicies`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html)
///
/// The marker is the name of the last policy of the page before.
pub(crate) struct ListUserPolicies(pub(crate) Arc<Access>);

impl Operation for ListUserPolicies {
    type Wire = wire::iam::ListUserPolicies;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &ListUserPoliciesRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<IamUser>("iam:ListUserPolicies", &input.user_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListUserPoliciesResponse, AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        let (marker, max_items) = (request.input.marker.as_deref(), request.input.max_items);
        let page = inline_policies::list(&self.0.directory, &asked, marker, max_items).await?;
        Ok(ListUserPoliciesResponse {
            is_truncated: Some(page.is_truncated()),
            policy_names: page.items,
            marker: page.marker,
        })
    }
}
