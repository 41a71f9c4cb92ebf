use std::sync::Arc;

use directory::{Change, IamGroup, IamGroupMember, IamGroupMemberKey};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DeleteGroupRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
};

/// [`DeleteGroup`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html)
pub(crate) struct DeleteGroup(pub(crate) Arc<Access>);

impl Operation for DeleteGroup {
    type Wire = wire::iam::DeleteGroup;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &DeleteGroupRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<IamGroup>("iam:DeleteGroup", &input.group_name)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = &asked::<IamGroup, _>(&request, &request.input.group_name)?;
        let directory = &self.0.directory;
        let make = || async move {
            let (key, found) = asked.find(directory).await?;
            let members = IamGroupMemberKey::of_group(&asked.owner, &found.record.unique_id);
            if !directory.list::<IamGroupMember>(&members, None, 1).await?.records.is_empty() {
                return Err(AccessError::Remains("remove users from group"));
            }
            if !found.record.inline_policies.is_empty() {
                return Err(AccessError::Remains("delete policies"));
            }
            if !found.record.managed_policies.is_empty() {
                return Err(AccessError::Remains("detach all policies"));
            }
            let mut change = Change::new();
            change.delete(&key, &found);
            change.require_none::<IamGroupMember>(&members);
            Ok((change, ()))
        };
        directory.retry(make).await
    }
}
