use std::{collections::BTreeMap, sync::Arc};

use directory::{Change, Error as DirectoryError, Role, RoleKey};
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use types::{Arn, UniqueId, UniqueIdKind};
use wire::iam::{CreateRoleRequest, CreateRoleResponse};

use crate::{
    Access,
    documents::check_trust_policy,
    error::AccessError,
    names::{check_description, check_path, check_role_name, tags},
    roles::{described, owner},
};

/// How long a session lasts at most, unless the role says otherwise.
const MAX_SESSION_DURATION_SECONDS_DEFAULT: u32 = 3600;

/// [`CreateRole`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html)
pub(crate) struct CreateRole(pub(crate) Arc<Access>);

impl Operation for CreateRole {
    type Wire = wire::iam::CreateRole;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, caller: &Caller, input: &CreateRoleRequest) -> Result<Vec<Need>, AccessError> {
        let path = input.path.as_deref().unwrap_or("/");
        check_role_name(&input.role_name)?;
        check_path(path)?;
        let account = caller.principal.account().ok_or(AccessError::NoAccount)?;
        let arn = Arn::new("iam", None, Some(&account), &format!("role{path}{}", input.role_name));
        let tags = tags(input.tags.clone())?;
        let mut actions = vec!["iam:CreateRole"];
        if !tags.is_empty() {
            actions.push("iam:TagRole");
        }
        let need = |action| Need::new(action, On::Own(arn.clone())).with_request_tags(&tags);
        Ok(actions.into_iter().map(need).collect())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateRoleResponse, AccessError> {
        let owner = owner(&request)?;
        let role = self.role(request.input)?;
        let key = RoleKey { owner: owner.clone(), name: role.name.clone() };
        let mut change = Change::new();
        change.create(&key, &role);
        // Nothing else is in this change, so a conflict means that the name is taken.
        self.0.directory.commit(change).await.map_err(|error| match error {
            DirectoryError::Conflict => AccessError::RoleExists(role.name.clone()),
            error => error.into(),
        })?;
        Ok(CreateRoleResponse { role: described(&role, &owner) })
    }
}

impl CreateRole {
    fn role(&self, input: CreateRoleRequest) -> Result<Role, AccessError> {
        // A boundary that is not kept would be a role that may more than its author said.
        if input.permissions_boundary.is_some() {
            return Err(AccessError::NotServed("PermissionsBoundary"));
        }
        let description = input.description.filter(|text| !text.is_empty());
        check_description(description.as_deref().unwrap_or_default())?;
        check_trust_policy(&input.assume_role_policy_document)?;
        let duration = input.max_session_duration.map(u32::try_from).transpose();
        let rule = "It must be a number of seconds from 3600 to 43200.";
        let invalid = AccessError::Invalid { member: "maxSessionDuration", rule };
        Ok(Role {
            name: input.role_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            unique_id: UniqueId::random(UniqueIdKind::Role, &*self.0.entropy),
            created: self.0.clock.now(),
            description,
            max_session_duration_seconds: duration
                .map_err(|_| invalid)?
                .unwrap_or(MAX_SESSION_DURATION_SECONDS_DEFAULT),
            trust_policy: input.assume_role_policy_document,
            inline_policies: BTreeMap::new(),
            tags: tags(input.tags)?,
        })
    }
}
