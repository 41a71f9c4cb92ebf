use std::sync::Arc;

use directory::{Change, GroupKey, Membership, MembershipKey, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::AdminRemoveUserFromGroupRequest;

use crate::{
    UserPools,
    error::UserPoolsError,
    names::check_visible,
    pools::{on_pool, pool_key},
};

/// [`AdminRemoveUserFromGroup`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRemoveUserFromGroup.html)
///
/// Removing somebody who is no member changes nothing.
pub(crate) struct AdminRemoveUserFromGroup(pub(crate) Arc<UserPools>);

impl Operation for AdminRemoveUserFromGroup {
    type Wire = wire::cognito_idp::AdminRemoveUserFromGroup;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminRemoveUserFromGroupRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        check_visible("groupName", &input.group_name)?;
        on_pool("cognito-idp:AdminRemoveUserFromGroup", caller, &input.user_pool_id)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let AdminRemoveUserFromGroupRequest { username, group_name, .. } = &request.input;
        self.0.admin_remove_user_from_group(&pool, username.expose(), group_name).await
    }
}

impl UserPools {
    pub(crate) async fn admin_remove_user_from_group(
        &self,
        pool_key: &UserPoolKey,
        username: &str,
        group: &str,
    ) -> Result<(), UserPoolsError> {
        self.directory
            .retry(|| async move {
                let pool = self.pool(pool_key).await?.record;
                let found = self.user(pool_key, &pool, username).await?;
                let user = found.ok_or(UserPoolsError::NoSuchUser)?.1.record.sub;
                let key = GroupKey { pool: pool_key.clone(), name: group.to_owned() };
                self.group(&key).await?;
                let key = MembershipKey { pool: pool_key.clone(), user, group: group.to_owned() };
                let mut change = Change::new();
                if let Some(found) = self.directory.get::<Membership>(&key).await? {
                    change.delete(&key, &found);
                }
                Ok((change, ()))
            })
            .await
    }
}
