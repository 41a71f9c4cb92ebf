use std::sync::Arc;

use directory::{IamGroup, IamGroupKey, IamUser};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListGroupsForUserRequest, ListGroupsForUserResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    groups::described,
    paging::page,
};

/// [`ListGroupsForUser`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html)
///
/// The marker is the name of the last group of the page before.
pub(crate) struct ListGroupsForUser(pub(crate) Arc<Access>);

impl Operation for ListGroupsForUser {
    type Wire = wire::iam::ListGroupsForUser;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &ListGroupsForUserRequest,
    ) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<IamUser>("iam:ListGroupsForUser", &input.user_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListGroupsForUserResponse, AccessError> {
        let asked = asked::<IamUser, _>(&request, &request.input.user_name)?;
        let (_, found) = asked.find(&self.0.directory).await?;
        let mut groups = Vec::new();
        for unique_id in found.record.groups {
            let key = IamGroupKey { owner: asked.owner.clone(), unique_id };
            let group = self.0.directory.get::<IamGroup>(&key).await?;
            groups.extend(group.map(|found| described(&found.record, &asked.owner)));
        }
        groups.sort_by_key(|group| group.group_name.to_ascii_lowercase());
        let (marker, max_items) = (request.input.marker.as_deref(), request.input.max_items);
        let marker = marker.map(str::to_ascii_lowercase);
        let key = |group: &wire::iam::Group| group.group_name.to_ascii_lowercase();
        let page = page(groups, key, marker.as_deref(), max_items);
        Ok(ListGroupsForUserResponse {
            is_truncated: Some(page.is_truncated()),
            groups: page.items,
            marker: page.marker,
        })
    }
}
