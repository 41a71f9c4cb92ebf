use std::sync::Arc;

use directory::GroupKey;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{GetGroupRequest, GetGroupResponse};

use crate::{
    UserPools, error::UserPoolsError, groups::described, names::check_visible, pools::on_pool,
};

/// [`GetGroup`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetGroup.html)
pub(crate) struct GetGroup(pub(crate) Arc<UserPools>);

impl Operation for GetGroup {
    type Wire = wire::cognito_idp::GetGroup;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, caller: &Caller, input: &GetGroupRequest) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("groupName", &input.group_name)?;
        on_pool("cognito-idp:GetGroup", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetGroupResponse, UserPoolsError> {
        let (pool, _) = self.0.pool_of(&request, &request.input.user_pool_id).await?;
        let key = GroupKey { pool: pool.clone(), name: request.input.group_name };
        let group = self.0.group(&key).await?.record;
        Ok(GetGroupResponse { group: Some(described(&pool, &group)) })
    }
}
