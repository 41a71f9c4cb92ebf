use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use directory::{Change, Entity as _, EntityKind, Role, RoleKey};
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use types::{Arn, UniqueId, UniqueIdKind};
use wire::iam::{CreateRoleRequest, CreateRoleResponse};

use crate::{
    Access,
    boundaries::boundary_of_new,
    documents::check_trust,
    entities::owner,
    error::AccessError,
    names::{check_description, check_entity_name, check_path, tags},
    roles::{described, max_session_duration},
};

/// How long a session lasts at most, unless the role says otherwise.
pub(crate) const MAX_SESSION_DURATION_SECONDS_DEFAULT: u32 = 3600;

/// [`CreateRole`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html)
pub(crate) struct CreateRole(pub(crate) Arc<Access>);

impl Operation for CreateRole {
    type Wire = wire::iam::CreateRole;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, caller: &Caller, input: &CreateRoleRequest) -> Result<Vec<Need>, AccessError> {
        let path = input.path.as_deref().unwrap_or("/");
        check_entity_name(EntityKind::Role, &input.role_name)?;
        check_path(path)?;
        let account = caller.principal.account().ok_or(AccessError::NoAccount)?;
        let arn = Arn::new("iam", None, Some(&account), &format!("role{path}{}", input.role_name));
        let tags = tags(input.tags.as_deref().unwrap_or_default())?;
        let mut create = Need::new("iam:CreateRole", On::Own(arn.clone())).with_request_tags(&tags);
        if let Some(boundary) = &input.permissions_boundary {
            create = create.with("iam:permissionsboundary", boundary.clone());
        }
        let mut needs = vec![create];
        if !tags.is_empty() {
            needs.push(Need::new("iam:TagRole", On::Own(arn)).with_request_tags(&tags));
        }
        Ok(needs)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateRoleResponse, AccessError> {
        let (owner, input) = (&owner(&request)?, &request.input);
        check_trust(&request, &input.assume_role_policy_document).await?;
        let (role, directory) = (&self.role(input)?, &self.0.directory);
        let make = || async move {
            if Role::by_name(directory, owner, &role.name).await?.is_some() {
                let (kind, name) = (EntityKind::Role, role.name.clone());
                return Err(AccessError::EntityExists { kind, name });
            }
            let mut change = Change::new();
            let boundary = input.permissions_boundary.as_deref();
            let boundary = boundary_of_new(directory, owner, boundary, &mut change).await?;
            let role = Role { permissions_boundary: boundary, ..role.clone() };
            let key = RoleKey { owner: owner.clone(), name: role.name.clone() };
            change.create(&key, &role);
            Ok((change, role))
        };
        let role = directory.retry(make).await?;
        Ok(CreateRoleResponse { role: described(&role, owner) })
    }
}

impl CreateRole {
    fn role(&self, input: &CreateRoleRequest) -> Result<Role, AccessError> {
        let description = input.description.clone().filter(|text| !text.is_empty());
        check_description(description.as_deref().unwrap_or_default())?;
        let duration = input.max_session_duration.map(max_session_duration).transpose()?;
        Ok(Role {
            name: input.role_name.clone(),
            path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
            unique_id: UniqueId::random(UniqueIdKind::Role, &*self.0.entropy),
            created: self.0.clock.now(),
            description,
            max_session_duration_seconds: duration.unwrap_or(MAX_SESSION_DURATION_SECONDS_DEFAULT),
            trust_policy: input.assume_role_policy_document.clone(),
            inline_policies: BTreeMap::new(),
            tags: tags(input.tags.as_deref().unwrap_or_default())?,
            managed_policies: BTreeSet::new(),
            permissions_boundary: None,
        })
    }
}
