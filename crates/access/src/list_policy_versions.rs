use std::sync::Arc;

use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{ListPolicyVersionsRequest, ListPolicyVersionsResponse};

use crate::{
    Access,
    error::AccessError,
    managed_policies::{asked, described_aws_version, described_version, need},
    paging::page,
};

/// [`ListPolicyVersions`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html)
///
/// The newest version comes first. At most five are there, so that a page is all of them, unless the
/// caller wants fewer; the marker is the number of the last one of the page before, counted from the
/// newest.
pub(crate) struct ListPolicyVersions(pub(crate) Arc<Access>);

impl Operation for ListPolicyVersions {
    type Wire = wire::iam::ListPolicyVersions;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &ListPolicyVersionsRequest,
    ) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need("iam:ListPolicyVersions", &input.policy_arn)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListPolicyVersionsResponse, AccessError> {
        let asked = asked(&request, &request.input.policy_arn)?;
        let versions: Vec<_> = if let Some(policy) = asked.aws() {
            vec![described_aws_version(policy)]
        } else {
            let (_, found) = asked.find(&self.0.directory).await?;
            let numbers = found.record.versions.keys().rev();
            numbers.filter_map(|number| described_version(&found.record, *number)).collect()
        };
        let (marker, max_items) = (request.input.marker.as_deref(), request.input.max_items);
        let numbered = versions.into_iter().enumerate();
        let page = page(numbered, |(number, _)| number.to_string(), marker, max_items);
        Ok(ListPolicyVersionsResponse {
            is_truncated: Some(page.is_truncated()),
            versions: Some(page.items.into_iter().map(|(_, version)| version).collect()),
            marker: page.marker,
        })
    }
}
