use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use directory::{Change, Entity as _, EntityKind, IamUser, IamUserKey, Owner};
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use types::{Arn, UniqueId, UniqueIdKind};
use wire::iam::{CreateUserRequest, CreateUserResponse};

use crate::{
    Access,
    boundaries::boundary_of_new,
    entities::owner,
    error::AccessError,
    names::{check_entity_name, check_path, tags},
    users::described,
};

/// [`CreateUser`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html)
pub(crate) struct CreateUser(pub(crate) Arc<Access>);

impl Operation for CreateUser {
    type Wire = wire::iam::CreateUser;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, caller: &Caller, input: &CreateUserRequest) -> Result<Vec<Need>, AccessError> {
        let path = input.path.as_deref().unwrap_or("/");
        check_entity_name(EntityKind::User, &input.user_name)?;
        check_path(path)?;
        let account = caller.principal.account().ok_or(AccessError::NoAccount)?;
        let resource = format!("user{path}{}", input.user_name);
        let arn = Arn::new("iam", None, Some(&account), &resource);
        let tags = tags(input.tags.as_deref().unwrap_or_default())?;
        let mut create = Need::new("iam:CreateUser", On::Own(arn.clone())).with_request_tags(&tags);
        if let Some(boundary) = &input.permissions_boundary {
            create = create.with("iam:permissionsboundary", boundary.clone());
        }
        let mut needs = vec![create];
        if !tags.is_empty() {
            needs.push(Need::new("iam:TagUser", On::Own(arn)).with_request_tags(&tags));
        }
        Ok(needs)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateUserResponse, AccessError> {
        let (owner, input) = (&owner(&request)?, &request.input);
        let (user, directory) = (&self.user(input)?, &self.0.directory);
        let make = || async move {
            if IamUser::by_name(directory, owner, &user.name).await?.is_some() {
                let (kind, name) = (EntityKind::User, user.name.clone());
                return Err(AccessError::EntityExists { kind, name });
            }
            let mut change = Change::new();
            let boundary = input.permissions_boundary.as_deref();
            let boundary = boundary_of_new(directory, owner, boundary, &mut change).await?;
            let user = IamUser { permissions_boundary: boundary, ..user.clone() };
            change.create(&key(owner, &user), &user);
            Ok((change, user))
        };
        let user = directory.retry(make).await?;
        Ok(CreateUserResponse { user: Some(described(&user, owner)) })
    }
}

fn key(owner: &Owner, user: &IamUser) -> IamUserKey {
    IamUserKey { owner: owner.clone(), unique_id: user.unique_id.clone() }
}

impl CreateUser {
    fn user(&self, input: &CreateUserRequest) -> Result<IamUser, AccessError> {
        Ok(IamUser {
            name: input.user_name.clone(),
            path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
            unique_id: UniqueId::random(UniqueIdKind::User, &*self.0.entropy),
            created: self.0.clock.now(),
            inline_policies: BTreeMap::new(),
            managed_policies: BTreeSet::new(),
            permissions_boundary: None,
            groups: BTreeSet::new(),
            tags: tags(input.tags.as_deref().unwrap_or_default())?,
            access_keys: Vec::new(),
        })
    }
}
