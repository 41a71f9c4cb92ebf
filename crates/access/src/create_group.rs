use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use directory::{Change, EntityKind, IamGroup, IamGroupKey};
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use types::{Arn, UniqueId, UniqueIdKind};
use wire::iam::{CreateGroupRequest, CreateGroupResponse};

use crate::{
    Access,
    entities::owner,
    error::AccessError,
    groups::described,
    names::{check_entity_name, check_path},
};

/// [`CreateGroup`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html)
pub(crate) struct CreateGroup(pub(crate) Arc<Access>);

impl Operation for CreateGroup {
    type Wire = wire::iam::CreateGroup;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, caller: &Caller, input: &CreateGroupRequest) -> Result<Vec<Need>, AccessError> {
        let path = input.path.as_deref().unwrap_or("/");
        check_entity_name(EntityKind::Group, &input.group_name)?;
        check_path(path)?;
        let account = caller.principal.account().ok_or(AccessError::NoAccount)?;
        let resource = format!("group{path}{}", input.group_name);
        let arn = Arn::new("iam", None, Some(&account), &resource);
        Ok(vec![Need::new("iam:CreateGroup", On::Own(arn))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateGroupResponse, AccessError> {
        let (owner, input) = (owner(&request)?, request.input);
        let group = IamGroup {
            name: input.group_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            unique_id: UniqueId::random(UniqueIdKind::Group, &*self.0.entropy),
            created: self.0.clock.now(),
            inline_policies: BTreeMap::new(),
            managed_policies: BTreeSet::new(),
        };
        let key = IamGroupKey { owner: owner.clone(), unique_id: group.unique_id.clone() };
        let mut change = Change::new();
        change.create(&key, &group);
        // The id is new, so a conflict means that the name is taken.
        self.0.directory.commit(change).await.map_err(|error| match error {
            directory::Error::Conflict => {
                AccessError::EntityExists { kind: EntityKind::Group, name: group.name.clone() }
            }
            error => error.into(),
        })?;
        Ok(CreateGroupResponse { group: described(&group, &owner) })
    }
}
