use std::sync::Arc;

use directory::{Change, Entity as _, EntityKind, IamGroup, IamUser};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::RemoveUserFromGroupRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
    names::check_entity_name,
};

/// [`RemoveUserFromGroup`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html)
///
/// Of a user who is in the group or not.
pub(crate) struct RemoveUserFromGroup(pub(crate) Arc<Access>);

impl Operation for RemoveUserFromGroup {
    type Wire = wire::iam::RemoveUserFromGroup;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &RemoveUserFromGroupRequest,
    ) -> Result<Vec<Need>, AccessError> {
        check_entity_name(EntityKind::User, &input.user_name)?;
        Ok(vec![need::<IamGroup>("iam:RemoveUserFromGroup", &input.group_name)?])
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
            user.groups.remove(&group.record.unique_id);
            let mut change = Change::new();
            change.replace(&key, &found, &user);
            Ok((change, ()))
        };
        directory.retry(make).await
    }
}
