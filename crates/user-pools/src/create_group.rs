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
    // No wildcard: what was allowed to be passed is one role (model: `ArnType`).
    let legal = |c: char| c.is_ascii_alphanumeric() || "_+=/,.@-".contains(c);
    let name = role.resource().strip_prefix("role/").unwrap_or_default();
    let is_name = !name.is_empty() && name.chars().all(legal);
    if role.service() != "iam" || !role.region().is_empty() || !is_name {
        return Err(invalid("RoleArn is not the ARN of a role"));
    }
    if role.account_id() != caller.principal.account() {
        return Err(invalid("Cross-account pass role is not allowed."));
    }
    Ok(Some(role))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{World, caller};

    fn with_role(role: &str) -> Result<Option<Arn>, UserPoolsError> {
        let input =
            CreateGroupRequest { role_arn: Some(role.to_owned()), ..CreateGroupRequest::default() };
        role_of(&input)
    }

    fn role_of(input: &CreateGroupRequest) -> Result<Option<Arn>, UserPoolsError> {
        role(&caller(), input)
    }

    #[test]
    fn a_group_gets_one_role_of_its_own_account_or_none() {
        assert_eq!(role_of(&CreateGroupRequest::default()).unwrap(), None);
        for legal in
            ["arn:aws:iam::123456789012:role/admin", "arn:aws:iam::123456789012:role/a/b+c"]
        {
            assert_eq!(with_role(legal).unwrap().unwrap().as_str(), legal);
        }
        for illegal in [
            "admin",
            "arn:aws:iam::210987654321:role/admin",
            "arn:aws:iam:::role/admin",
            "arn:aws:iam::123456789012:user/admin",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/*",
            "arn:aws:iam::123456789012:role/admin?",
            "arn:aws:iam:us-east-1:123456789012:role/admin",
            "arn:aws:sts::123456789012:role/admin",
        ] {
            let refused = with_role(illegal).unwrap_err();
            assert!(matches!(refused, UserPoolsError::InvalidParameter(_)), "{illegal}: {refused}");
        }
    }
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
