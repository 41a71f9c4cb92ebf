use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
    sync::Arc,
};

use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use wire::iam::{ListRolePoliciesRequest, ListRolePoliciesResponse};

use crate::{
    Access,
    error::AccessError,
    list_roles::{invalid_marker, page_length},
    names::{check_policy_name, check_role_name},
    roles::{asked, find},
};

/// [`ListRolePolicies`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html)
///
/// The marker is the name of the last policy of the page before.
pub(crate) struct ListRolePolicies(pub(crate) Arc<Access>);

impl Operation for ListRolePolicies {
    type Wire = wire::iam::ListRolePolicies;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &ListRolePoliciesRequest) -> Result<Vec<Need>, AccessError> {
        check_role_name(&input.role_name)?;
        if let Some(marker) = &input.marker {
            check_policy_name(marker).map_err(|_| invalid_marker())?;
        }
        Ok(vec![Need::new("iam:ListRolePolicies", On::Role(input.role_name.clone()))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListRolePoliciesResponse, AccessError> {
        let asked = asked(&request, &request.input.role_name)?;
        let input = request.input;
        let (_, found) = find(&self.0.directory, &asked).await?;
        let wanted = page_length(input.max_items);
        let (names, more) = page(&found.record.inline_policies, input.marker.as_deref(), wanted);
        let marker = names.last().filter(|_| more).cloned();
        Ok(ListRolePoliciesResponse { policy_names: names, is_truncated: Some(more), marker })
    }
}

/// At most `wanted` names behind `after`, and whether there are more.
fn page(
    policies: &BTreeMap<String, String>,
    after: Option<&str>,
    wanted: usize,
) -> (Vec<String>, bool) {
    let start = after.map_or(Unbounded, Excluded);
    let mut names = policies.range::<str, _>((start, Unbounded)).map(|(name, _)| name.clone());
    let page: Vec<String> = names.by_ref().take(wanted).collect();
    (page, names.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_on_behind_the_marker_and_end() {
        let policies = ["a", "b", "c"].map(|name| (name.to_owned(), String::new())).into();
        let names = |after, wanted| {
            let (names, more) = page(&policies, after, wanted);
            (names.concat(), more)
        };
        assert_eq!(names(None, 2), ("ab".to_owned(), true));
        assert_eq!(names(Some("b"), 2), ("c".to_owned(), false));
        assert_eq!(names(None, 3), ("abc".to_owned(), false));
        assert_eq!(names(Some("bb"), 9), ("c".to_owned(), false));
        assert_eq!(names(Some("c"), 1), (String::new(), false));
    }
}
