use std::sync::Arc;

use directory::{EntityKind, IamGroup};
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use types::Arn;
use wire::iam::{ListGroupsRequest, ListGroupsResponse};

use crate::{
    Access,
    entities::owner,
    error::AccessError,
    groups::described,
    named::{self, Listing},
    names::check_path_prefix,
};

/// [`ListGroups`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html)
///
/// The marker is the name of the last one of the page before.
pub(crate) struct ListGroups(pub(crate) Arc<Access>);

impl Operation for ListGroups {
    type Wire = wire::iam::ListGroups;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, caller: &Caller, input: &ListGroupsRequest) -> Result<Vec<Need>, AccessError> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        check_path_prefix(prefix)?;
        named::check_marker(EntityKind::Group, input.marker.as_deref())?;
        let account = caller.principal.account().ok_or(AccessError::NoAccount)?;
        let arn = Arn::new("iam", None, Some(&account), &format!("group{prefix}"));
        Ok(vec![Need::new("iam:ListGroups", On::Own(arn))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListGroupsResponse, AccessError> {
        let (owner, input) = (owner(&request)?, request.input);
        let listing = Listing {
            path_prefix: input.path_prefix.as_deref().unwrap_or("/"),
            marker: input.marker.as_deref(),
            max_items: input.max_items,
        };
        let page = named::page::<IamGroup>(&self.0.directory, &owner, &listing).await?;
        Ok(ListGroupsResponse {
            is_truncated: Some(page.is_truncated()),
            groups: page.items.iter().map(|group| described(group, &owner)).collect(),
            marker: page.marker,
        })
    }
}
