use std::sync::Arc;

use directory::{Change, Group, GroupKey, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::Arn;
use wire::cognito_idp::{UpdateGroupRequest, UpdateGroupResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    group_role::{passing, role},
    groups::described,
    names::check_visible,
    pools::{on_pool, pool_key},
};

/// [`UpdateGroup`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateGroup.html)
///
/// What is not given stays as it is.
pub(crate) struct UpdateGroup(pub(crate) Arc<UserPools>);

impl Operation for UpdateGroup {
    type Wire = wire::cognito_idp::UpdateGroup;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &UpdateGroupRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("groupName", &input.group_name)?;
        let mut needs = on_pool("cognito-idp:UpdateGroup", caller, &input.user_pool_id)?;
        needs.extend(passing(caller, input.role_arn.as_deref())?);
        Ok(needs)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<UpdateGroupResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let role = role(request.caller(), request.input.role_arn.as_deref())?;
        let group = self.0.update_group(&pool, &request.input, role.as_ref()).await?;
        Ok(UpdateGroupResponse { group: Some(described(&pool, &group)) })
    }
}

impl UserPools {
    pub(crate) async fn update_group(
        &self,
        pool: &UserPoolKey,
        input: &UpdateGroupRequest,
        role: Option<&Arn>,
    ) -> Result<Group, UserPoolsError> {
        let key = &GroupKey { pool: pool.clone(), name: input.group_name.clone() };
        let precedence = input.precedence.and_then(|precedence| u32::try_from(precedence).ok());
        self.directory
            .retry(|| async move {
                self.pool(pool).await?;
                let found = self.group(key).await?;
                let before = found.record.clone();
                let group = Group {
                    description: input.description.clone().or(before.description),
                    precedence: precedence.or(before.precedence),
                    role: role.cloned().or(before.role),
                    last_modified: self.clock.now(),
                    ..before
                };
                let mut change = Change::new();
                change.replace(key, &found, &group);
                Ok((change, group))
            })
            .await
    }
}
