use std::sync::Arc;

use directory::{Change, Group, GroupKey, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::{Arn, Uuid};
use wire::cognito_idp::{CreateGroupRequest, CreateGroupResponse};

use crate::{
    UserPools,
    error::UserPoolsError,
    group_role::{passing, role},
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
        needs.extend(passing(caller, input.role_arn.as_deref())?);
        Ok(needs)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateGroupResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let role = role(request.caller(), request.input.role_arn.as_deref())?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{World, caller};

    #[tokio::test]
    async fn giving_a_group_a_role_is_passing_it_to_cognito() {
        let operation = CreateGroup(Arc::new(World::new().pools));
        let role = "arn:aws:iam::123456789012:role/admin";
        let input = |role: Option<&str>| CreateGroupRequest {
            group_name: "admin".to_owned(),
            user_pool_id: "us-east-1_abc".to_owned(),
            role_arn: role.map(str::to_owned),
            ..CreateGroupRequest::default()
        };
        let needs = operation.needs(&caller(), &input(Some(role))).unwrap();
        let on = |need: &Need| (need.action, need.on.resource().into_owned());
        let pool = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc";
        assert_eq!(on(&needs[0]), ("cognito-idp:CreateGroup", pool.to_owned()));
        assert_eq!(on(&needs[1]), ("iam:PassRole", role.to_owned()));
        assert_eq!(needs[1].keys, [("iam:passedtoservice", "cognito-idp.amazonaws.com".into())]);
        assert_eq!(operation.needs(&caller(), &input(None)).unwrap().len(), 1);
        let of_another = "arn:aws:iam::210987654321:role/admin";
        assert!(operation.needs(&caller(), &input(Some(of_another))).is_err());
    }
}
