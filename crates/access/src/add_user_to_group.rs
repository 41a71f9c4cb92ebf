use std::sync::Arc;

use directory::{Change, Entity as _, EntityKind, IamGroup, IamUser};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::AddUserToGroupRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    names::check_entity_name,
};

/// [`AddUserToGroup`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html)
pub(crate) struct AddUserToGroup(pub(crate) Arc<Access>);

impl Operation for AddUserToGroup {
    type Wire = wire::iam::AddUserToGroup;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &AddUserToGroupRequest) -> Result<Vec<Need>, AccessError> {
        check_entity_name(EntityKind::User, &input.user_name)?;
        Ok(vec![need::<IamGroup>("iam:AddUserToGroup", &input.group_name)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = &asked::<IamGroup, _>(&request, &request.input.group_name)?;
        let (directory, name) = (&self.0.directory, &request.input.user_name);
        let make = || async move {
            let (_, group) = asked.find(directory).await?;
            let user = IamUser::by_name(directory, &asked.owner, name).await?;
            let (kind, missing) = (EntityKind::User, name.clone());
            let user = user.ok_or(AccessError::NoSuchEntity { kind, name: missing })?;
            let (key, found) = user;
            let mut user = found.record.clone();
            user.groups.insert(group.record.unique_id.clone());
            if user.groups.len() > GROUPS_MAX {
                return Err(AccessError::Quota { quota: "GroupsPerUser", limit: GROUPS_MAX });
            }
            let mut change = Change::new();
            // A group that is deleted meanwhile has had no users.
            change.require_unchanged(&group);
            change.replace(&key, &found, &user);
            Ok((change, ()))
        };
        directory.retry(make).await
    }
}

/// How many groups a user is in at most.
const GROUPS_MAX: usize = 10;
