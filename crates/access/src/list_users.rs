use std::sync::Arc;

use directory::{EntityKind, IamUser};
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use types::Arn;
use wire::iam::{ListUsersRequest, ListUsersResponse};

use crate::{
    Access,
    entities::owner,
    error::AccessError,
    named::{self, Listing},
    names::check_path_prefix,
    users::described,
};

/// [`ListUsers`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html)
///
/// The marker is the name of the last one of the page before. As on AWS, a listed user has neither
/// tags nor boundary.
pub(crate) struct ListUsers(pub(crate) Arc<Access>);

impl Operation for ListUsers {
    type Wire = wire::iam::ListUsers;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, caller: &Caller, input: &ListUsersRequest) -> Result<Vec<Need>, AccessError> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        check_path_prefix(prefix)?;
        named::check_marker(EntityKind::User, input.marker.as_deref())?;
        let account = caller.principal.account().ok_or(AccessError::NoAccount)?;
        let arn = Arn::new("iam", None, Some(&account), &format!("user{prefix}"));
        Ok(vec![Need::new("iam:ListUsers", On::Own(arn))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListUsersResponse, AccessError> {
        let (owner, input) = (owner(&request)?, request.input);
        let listing = Listing {
            path_prefix: input.path_prefix.as_deref().unwrap_or("/"),
            marker: input.marker.as_deref(),
            max_items: input.max_items,
        };
        let page = named::page::<IamUser>(&self.0.directory, &owner, &listing).await?;
        Ok(ListUsersResponse {
            is_truncated: Some(page.is_truncated()),
            users: page
                .items
                .iter()
                .map(|user| wire::iam::User {
                    tags: None,
                    permissions_boundary: None,
                    ..described(user, &owner)
                })
                .collect(),
            marker: page.marker,
        })
    }
}
