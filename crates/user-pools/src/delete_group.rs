use std::sync::Arc;

use directory::{
    Change, Error as DirectoryError, Found, GroupKey, GroupMember, GroupMemberKey, Membership,
    MembershipKey, UserPoolKey,
};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::Uuid;
use wire::cognito_idp::DeleteGroupRequest;

use crate::{UserPools, error::UserPoolsError, names::check_visible, pools::on_pool};

/// How many members are cleared away at once.
const BATCH: usize = 100;

/// [`DeleteGroup`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteGroup.html)
pub(crate) struct DeleteGroup(pub(crate) Arc<UserPools>);

impl Operation for DeleteGroup {
    type Wire = wire::cognito_idp::DeleteGroup;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &DeleteGroupRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("groupName", &input.group_name)?;
        on_pool("cognito-idp:DeleteGroup", caller, &input.user_pool_id)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), UserPoolsError> {
        let (pool, _) = self.0.pool_of(&request, &request.input.user_pool_id).await?;
        self.0.delete_group(&pool, &request.input.group_name).await
    }
}

impl UserPools {
    pub(crate) async fn delete_group(
        &self,
        pool: &UserPoolKey,
        name: &str,
    ) -> Result<(), UserPoolsError> {
        let key = &GroupKey { pool: pool.clone(), name: name.to_owned() };
        let id = self
            .directory
            .retry(|| async move {
                let group = self.group(key).await?;
                let mut change = Change::new();
                change.delete(key, &group);
                Ok::<_, UserPoolsError>((change, group.record.id))
            })
            .await?;
        self.clear_members(pool, name, id).await
    }

    /// Clears away the members of a group that is gone. Those of a group that was made anew under
    /// its name meanwhile stay.
    async fn clear_members(
        &self,
        pool: &UserPoolKey,
        group: &str,
        id: Uuid,
    ) -> Result<(), UserPoolsError> {
        let within = GroupMemberKey::of_group(pool, group);
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = self.directory.list::<GroupMember>(&within, after.as_deref(), BATCH).await?;
            let mut change = Change::new();
            for member in &page.records {
                let (pool, group) = (pool.clone(), group.to_owned());
                let key = MembershipKey { pool, user: member.record.user, group };
                let found = self.directory.get::<Membership>(&key).await?;
                if let Some(found) = found.filter(|found| found.record.group_id == id) {
                    change.delete(&key, &found);
                }
            }
            match self.directory.commit(change).await {
                Ok(_) => after = page.records.last().map(|found| Found::position(found).to_vec()),
                // A member left by another way: the page is read again.
                Err(DirectoryError::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
            if !page.more {
                return Ok(());
            }
        }
    }
}
