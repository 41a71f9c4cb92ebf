use std::sync::Arc;

use directory::{Directory, ManagedPolicy, ManagedPolicyKey, Owner, Record as _};
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use iam::aws_managed_policies;
use types::Arn;
use wire::iam::{
    ListPoliciesRequest, ListPoliciesResponse, Policy, PolicyScopeType, PolicyUsageType,
};

use crate::{
    Access,
    boundaries::parse_arn,
    entities::owner,
    error::AccessError,
    managed_policies::{described, described_aws, uses},
    named::invalid_marker,
    names::{check_path_prefix, check_policy_name},
    paging::{self, Page},
};

/// [`ListPolicies`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html)
///
/// AWS's own policies come first. The marker is the ARN of the last policy of the page before. As on AWS,
/// a listed policy has neither tags nor description.
pub(crate) struct ListPolicies(pub(crate) Arc<Access>);

impl Operation for ListPolicies {
    type Wire = wire::iam::ListPolicies;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &ListPoliciesRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        check_path_prefix(prefix)?;
        let account = caller.principal.account().ok_or(AccessError::NoAccount)?;
        let arn = Arn::new("iam", None, Some(&account), &format!("policy{prefix}"));
        Ok(vec![Need::new("iam:ListPolicies", On::Own(arn))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListPoliciesResponse, AccessError> {
        let (owner, input) = (owner(&request)?, request.input);
        let listing = Listing { directory: &self.0.directory, owner: &owner, input: &input };
        let page = listing.page().await?;
        Ok(ListPoliciesResponse {
            is_truncated: Some(page.is_truncated()),
            policies: Some(page.items),
            marker: page.marker,
        })
    }
}

/// A listing that is asked for.
struct Listing<'a> {
    directory: &'a Directory,
    owner: &'a Owner,
    input: &'a ListPoliciesRequest,
}

impl Listing<'_> {
    async fn page(&self) -> Result<Page<Policy>, AccessError> {
        let wanted = paging::length(self.input.max_items);
        let scope = self.input.scope.unwrap_or(PolicyScopeType::All);
        let marker = self.input.marker.as_deref().map(parse_arn).transpose();
        let marker = marker.map_err(|_| invalid_marker())?;
        let in_own = marker.as_ref().is_some_and(|arn| arn.account() != "aws");
        // One more than is wanted says whether there are more.
        let mut found = Vec::new();
        if scope != PolicyScopeType::Local && !in_own {
            self.aws(marker.as_ref(), wanted + 1, &mut found).await?;
        }
        if scope != PolicyScopeType::Aws {
            let marker = marker.as_ref().filter(|_| in_own);
            self.own(marker, wanted + 1, &mut found).await?;
        }
        let more = found.len() > wanted;
        found.truncate(wanted);
        let marker = found.last().filter(|_| more).and_then(|policy| policy.arn.clone());
        Ok(Page { items: found, marker })
    }

    fn is_under(&self, path: &str) -> bool {
        path.starts_with(self.input.path_prefix.as_deref().unwrap_or("/"))
    }

    /// Whether a policy that is used so often is asked for.
    fn is_asked_for(&self, [attachments, boundaries]: [usize; 2]) -> bool {
        let attached = attachments > 0 || !self.input.only_attached.unwrap_or(false);
        attached
            && match self.input.policy_usage_filter {
                None => true,
                Some(PolicyUsageType::PermissionsPolicy) => attachments > 0,
                Some(PolicyUsageType::PermissionsBoundary) => boundaries > 0,
            }
    }

    async fn aws(
        &self,
        marker: Option<&Arn>,
        wanted: usize,
        found: &mut Vec<Policy>,
    ) -> Result<(), AccessError> {
        let all = aws_managed_policies().iter();
        let behind: Vec<_> = match marker {
            None => all.collect(),
            Some(marker) => {
                all.skip_while(|policy| policy.arn() != marker.as_str()).skip(1).collect()
            }
        };
        for policy in behind.into_iter().filter(|policy| self.is_under(policy.path)) {
            let uses = uses(self.directory, self.owner, &parse_arn(&policy.arn())?).await?;
            if found.len() < wanted && self.is_asked_for(uses) {
                found.push(described_aws(policy, uses));
            }
        }
        Ok(())
    }

    async fn own(
        &self,
        marker: Option<&Arn>,
        wanted: usize,
        found: &mut Vec<Policy>,
    ) -> Result<(), AccessError> {
        let mut after = None;
        if let Some(marker) = marker {
            let key = ManagedPolicyKey::from_arn(self.owner.clone(), marker);
            let key = key.ok_or_else(invalid_marker)?;
            check_policy_name(&key.name).map_err(|_| invalid_marker())?;
            after = Some(ManagedPolicy::encode_key(&key).to_vec());
        }
        let within = ManagedPolicyKey::prefix(self.owner);
        let under = |policy: &ManagedPolicy| self.is_under(&policy.path);
        // A page at a time, because how often a policy is used is asked of each.
        while found.len() < wanted {
            let page = paging::records(self.directory, &within, after, wanted, under);
            let (policies, more) = page.await?;
            after = policies.last().map(|policy| policy.position().to_vec());
            for policy in policies {
                let policy = policy.record;
                let uses = uses(self.directory, self.owner, &policy.arn(self.owner)).await?;
                if found.len() < wanted && self.is_asked_for(uses) {
                    let described = described(&policy, self.owner, uses);
                    found.push(Policy { tags: None, ..described });
                }
            }
            if !more {
                break;
            }
        }
        Ok(())
    }
}
