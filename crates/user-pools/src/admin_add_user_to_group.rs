use std::sync::Arc;

use directory::{Change, GroupKey, Membership, MembershipKey, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::AdminAddUserToGroupRequest;

use crate::{
    UserPools,
    error::UserPoolsError,
    names::check_visible,
    pools::{on_pool, pool_key},
};

/// In how many groups a user can be.
///
/// Source: Amazon Cognito Developer Guide, *Quotas in Amazon Cognito*.
const GROUPS_PER_USER_MAX: usize = 100;

/// [`AdminAddUserToGroup`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminAddUserToGroup.html)
///
/// Adding a member again changes nothing.
pub(crate) struct AdminAddUserToGroup(pub(crate) Arc<UserPools>);

impl Operation for AdminAddUserToGroup {
    type Wire = wire::cognito_idp::AdminAddUserToGroup;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &AdminAddUserToGroupRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("username", input.username.expose())?;
        check_visible("groupName", &input.group_name)?;
        on_pool("cognito-idp:AdminAddUserToGroup", caller, &input.user_pool_id)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let AdminAddUserToGroupRequest { username, group_name, .. } = &request.input;
        self.0.admin_add_user_to_group(&pool, username.expose(), group_name).await
    }
}

impl UserPools {
    pub(crate) async fn admin_add_user_to_group(
        &self,
        pool_key: &UserPoolKey,
        username: &str,
        group: &str,
    ) -> Result<(), UserPoolsError> {
        self.directory
            .retry(|| async move {
                let pool = self.pool(pool_key).await?.record;
                let found = self.user(pool_key, &pool, username).await?;
                let (_, user) = found.ok_or(UserPoolsError::NoSuchUser)?;
                let key = GroupKey { pool: pool_key.clone(), name: group.to_owned() };
                let group = self.group(&key).await?;
                let key = MembershipKey {
                    pool: pool_key.clone(),
                    user: user.record.sub,
                    group: group.record.name.clone(),
                };
                let membership = Membership {
                    user: user.record.sub,
                    group_id: group.record.id,
                    group: group.record.name.clone(),
                    since: self.clock.now(),
                };
                let mut change = Change::new();
                change.require_unchanged(&user);
                change.require_unchanged(&group);
                match self.directory.get::<Membership>(&key).await? {
                    Some(found) if found.record.group_id == group.record.id => {}
                    // Left over from a group that had this name before.
                    Some(found) => change.replace(&key, &found, &membership),
                    None => {
                        let within = MembershipKey::of_user(pool_key, user.record.sub);
                        let (quota, limit) = ("groups per user", GROUPS_PER_USER_MAX);
                        let page = self.directory.list::<Membership>(&within, None, limit).await?;
                        if page.records.len() >= limit {
                            return Err(UserPoolsError::Quota { quota, limit });
                        }
                        change.create(&key, &membership);
                    }
                }
                Ok((change, ()))
            })
            .await
    }
}
