use std::sync::Arc;

use directory::{EntityKind, Record as _, Role, RoleKey};
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use types::Arn;
use wire::iam::{ListRolesRequest, ListRolesResponse};

use crate::{
    Access, entities::owner, error::AccessError, named::check_marker, names::check_path_prefix,
    paging, roles::described,
};

/// [`ListRoles`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html)
///
/// The marker is the name of the last role of the page before. As on AWS, a listed role has neither
/// tags nor boundary.
pub(crate) struct ListRoles(pub(crate) Arc<Access>);

impl Operation for ListRoles {
    type Wire = wire::iam::ListRoles;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, caller: &Caller, input: &ListRolesRequest) -> Result<Vec<Need>, AccessError> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        check_path_prefix(prefix)?;
        check_marker(EntityKind::Role, input.marker.as_deref())?;
        let account = caller.principal.account().ok_or(AccessError::NoAccount)?;
        let arn = Arn::new("iam", None, Some(&account), &format!("role{prefix}"));
        Ok(vec![Need::new("iam:ListRoles", On::Own(arn))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListRolesResponse, AccessError> {
        let (owner, input) = (owner(&request)?, request.input);
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let position =
            |name: String| Role::encode_key(&RoleKey { owner: owner.clone(), name }).to_vec();
        let (within, after) = (RoleKey::prefix(&owner), input.marker.map(position));
        let wanted = paging::length(input.max_items);
        let under = |role: &Role| role.path.starts_with(prefix);
        let page = paging::records(&self.0.directory, &within, after, wanted, under);
        let (roles, more) = page.await?;
        let marker = roles.last().filter(|_| more).map(|found| found.record.name.clone());
        let listed = |role: &Role| wire::iam::Role {
            tags: None,
            permissions_boundary: None,
            ..described(role, &owner)
        };
        Ok(ListRolesResponse {
            roles: roles.iter().map(|found| listed(&found.record)).collect(),
            is_truncated: Some(more),
            marker,
        })
    }
}
