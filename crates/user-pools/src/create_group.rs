use std::sync::Arc;

use directory::{Change, Group, GroupKey, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use types::{Arn, Uuid};
use wire::cognito_idp::{CreateGroupRequest, CreateGroupResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    groups::described,
    names::check_visible,
    pools::{on_pool, pool_key},
};

/// [`CreateGroup`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateGroup.html)
pub(crate) struct CreateGroup(pub(crate) Arc<UserPools>);

impl Operation for CreateGroup {
    type Wire = wire::cognito_idp::CreateGroup;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &CreateGroupRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        check_visible("groupName", &input.group_name)?;
        let mut needs = on_pool("cognito-idp:CreateGroup", caller, &input.user_pool_id)?;
        if let Some(role) = role(caller, input)? {
            let pass = Need::new("iam:PassRole", On::Own(role));
            needs.push(pass.with("iam:passedtoservice", "cognito-idp.amazonaws.com"));
        }
        Ok(needs)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateGroupResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let role = role(request.caller(), &request.input)?;
        let group = self.0.create_group(&pool, request.input, role).await?;
        Ok(CreateGroupResponse { group: Some(described(&pool, &group)) })
    }
}

impl UserPools {
    pub(crate) async fn create_group(
        &self,
        pool: &UserPoolKey,
        input: CreateGroupRequest,
        role: Option<Arn>,
    ) -> Result<Group, UserPoolsError> {
        let now = self.clock.now();
        let group = Group {
            name: input.group_name,
            id: Uuid::random(&*self.entropy),
            description: input.description,
            precedence: input.precedence.and_then(|precedence| u32::try_from(precedence).ok()),
            role,
            created: now,
            last_modified: now,
        };
        let key = GroupKey { pool: pool.clone(), name: group.name.clone() };
        let (key, record) = (&key, &group);
        self.directory
            .retry(|| async move {
                let found = self.pool(pool).await?;
                if self.directory.get::<Group>(key).await?.is_some() {
                    return Err(UserPoolsError::GroupExists(record.name.clone()));
                }
                let mut change = Change::new();
                change.require_unchanged(&found);
                change.create(key, record);
                Ok((change, ()))
            })
            .await?;
        Ok(group)
    }
}

/// The role that the group's members get: one of the caller's account.
fn role(caller: &Caller, input: &CreateGroupRequest) -> Result<Option<Arn>, UserPoolsError> {
    let Some(text) = input.role_arn.as_deref() else { return Ok(None) };
    let invalid = |message: &str| UserPoolsError::InvalidParameter(message.to_owned());
    let role: Arn = text.parse().map_err(|_| invalid("RoleArn is not an ARN"))?;
    let is_role = role.service() == "iam" && role.resource().starts_with("role/");
    if !is_role || !role.region().is_empty() {
        return Err(invalid("RoleArn is not the ARN of a role"));
    }
    if role.account_id() != caller.principal.account() {
        return Err(invalid("Cross-account pass role is not allowed."));
    }
    Ok(Some(role))
}
