use std::sync::Arc;

use directory::{Directory, Owner, Record, Role, RoleKey};
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use types::Arn;
use wire::iam::{ListRolesRequest, ListRolesResponse};

use crate::{
    Access,
    error::AccessError,
    names::{check_path_prefix, check_role_name},
    roles::{described, owner},
};

/// How many roles a page has, unless the caller says otherwise.
const PAGE_LENGTH_DEFAULT: usize = 100;
/// How many roles are read at once.
const READ_LENGTH: usize = 200;

/// [`ListRoles`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html)
///
/// The marker is the name of the last role of the page before. As on AWS, a listed role has no
/// tags.
pub(crate) struct ListRoles(pub(crate) Arc<Access>);

impl Operation for ListRoles {
    type Wire = wire::iam::ListRoles;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, caller: &Caller, input: &ListRolesRequest) -> Result<Vec<Need>, AccessError> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        check_path_prefix(prefix)?;
        if let Some(marker) = &input.marker {
            check_role_name(marker).map_err(|_| invalid_marker())?;
        }
        let account = caller.principal.account().ok_or(AccessError::NoAccount)?;
        let arn = Arn::new("iam", None, Some(&account), &format!("role{prefix}"));
        Ok(vec![Need::new("iam:ListRoles", On::Own(arn))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListRolesResponse, AccessError> {
        let owner = owner(&request)?;
        let input = request.input;
        let wanted = page_length(input.max_items);
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let (roles, more) =
            page(&self.0.directory, &owner, prefix, input.marker.as_deref(), wanted).await?;
        let marker = roles.last().filter(|_| more).map(|role| role.name.clone());
        let listed = |role: &Role| wire::iam::Role { tags: None, ..described(role, &owner) };
        Ok(ListRolesResponse {
            roles: roles.iter().map(listed).collect(),
            is_truncated: Some(more),
            marker,
        })
    }
}

pub(crate) fn page_length(max_items: Option<i32>) -> usize {
    max_items.and_then(|items| usize::try_from(items).ok()).unwrap_or(PAGE_LENGTH_DEFAULT)
}

pub(crate) fn invalid_marker() -> AccessError {
    AccessError::Invalid { member: "marker", rule: "It must be the Marker of the answer before." }
}

/// At most `wanted` roles under a path, behind the one named `after`, and whether there are more.
async fn page(
    directory: &Directory,
    owner: &Owner,
    path_prefix: &str,
    after: Option<&str>,
    wanted: usize,
) -> Result<(Vec<Role>, bool), AccessError> {
    let mut roles = Vec::new();
    let key = |name: &str| RoleKey { owner: owner.clone(), name: name.to_owned() };
    let mut after = after.map(|name| Role::encode_key(&key(name)).to_vec());
    loop {
        let within = RoleKey::prefix(owner);
        let page = directory.list::<Role>(&within, after.as_deref(), READ_LENGTH).await?;
        after = page.records.last().map(|found| found.position().to_vec());
        for found in page.records {
            if !found.record.path.starts_with(path_prefix) {
                continue;
            }
            if roles.len() == wanted {
                return Ok((roles, true));
            }
            roles.push(found.record);
        }
        if !page.more {
            return Ok((roles, false));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::tests::{World, role};

    #[tokio::test]
    async fn pages_go_through_the_roles_under_a_path_once_each() {
        let world = World::new();
        let owner = world.owner("123456789012", "us-east-1");
        for (path, name) in
            [("/", "a"), ("/app/", "B"), ("/app/x/", "c"), ("/application/", "d"), ("/app/", "E")]
        {
            world.add(&owner, &role(path, name)).await.unwrap();
        }
        let other = world.owner("210987654321", "us-east-1");
        world.add(&other, &role("/app/", "theirs")).await.unwrap();

        for (prefix, expected) in
            [("/", "aBcdE"), ("/app/", "BcE"), ("/app", "BcdE"), ("/app/x/", "c"), ("/none/", "")]
        {
            for wanted in 1..=6 {
                let mut names = String::new();
                let mut marker: Option<String> = None;
                loop {
                    let after = marker.as_deref();
                    let page = page(&world.directory, &owner, prefix, after, wanted);
                    let (roles, more) = page.await.unwrap();
                    assert!(roles.len() <= wanted && (roles.len() == wanted || !more));
                    names.extend(roles.iter().map(|role| role.name.as_str()));
                    if !more {
                        break;
                    }
                    // A marker is a name, whose case does not matter.
                    marker = roles.last().map(|role| role.name.to_ascii_uppercase());
                }
                assert_eq!(names, expected, "{prefix} by {wanted}");
            }
        }
    }
}
