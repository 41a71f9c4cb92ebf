use std::sync::Arc;

use directory::{
    EntityKind, IamGroup, IamGroupMember, IamGroupMemberKey, IamUser, IamUserKey, Record as _,
};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{GetGroupRequest, GetGroupResponse};

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    groups,
    named::invalid_marker,
    names::check_entity_name,
    paging, users,
};

/// [`GetGroup`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html)
///
/// The marker is the name of the last user of the page before.
pub(crate) struct GetGroup(pub(crate) Arc<Access>);

impl Operation for GetGroup {
    type Wire = wire::iam::GetGroup;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &GetGroupRequest) -> Result<Vec<Need>, AccessError> {
        if let Some(marker) = &input.marker {
            check_entity_name(EntityKind::User, marker).map_err(|_| invalid_marker())?;
        }
        Ok(vec![need::<IamGroup>("iam:GetGroup", &input.group_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetGroupResponse, AccessError> {
        let asked = asked::<IamGroup, _>(&request, &request.input.group_name)?;
        let (directory, owner) = (&self.0.directory, &asked.owner);
        let (_, found) = asked.find(directory).await?;
        let group = &found.record.unique_id;
        let position = |name: &String| {
            let (owner, group) = (owner.clone(), group.clone());
            let key = IamGroupMemberKey { owner, group, user_name: name.clone() };
            IamGroupMember::encode_key(&key).to_vec()
        };
        let after = request.input.marker.as_ref().map(position);
        let within = IamGroupMemberKey::of_group(owner, group);
        let wanted = paging::length(request.input.max_items);
        let members =
            paging::records::<IamGroupMember>(directory, &within, after, wanted, |_| true);
        let (members, more) = members.await?;
        let mut users = Vec::new();
        for member in members {
            let key = IamUserKey { owner: owner.clone(), unique_id: member.record.user };
            // Who was removed since is passed over.
            users.extend(directory.get::<IamUser>(&key).await?.map(|found| found.record));
        }
        let marker = users.last().filter(|_| more).map(|user| user.name.clone());
        Ok(GetGroupResponse {
            group: groups::described(&found.record, owner),
            is_truncated: Some(marker.is_some()),
            marker,
            users: users.iter().map(|user| users::described(user, owner)).collect(),
        })
    }
}
