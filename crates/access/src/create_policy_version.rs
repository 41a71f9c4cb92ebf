use std::sync::Arc;

use directory::{ManagedPolicy, PolicyVersion};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{CreatePolicyVersionRequest, CreatePolicyVersionResponse};

use crate::{
    Access,
    documents::check_managed_policy,
    error::AccessError,
    managed_policies::{asked, described_version, need},
};

/// [`CreatePolicyVersion`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html)
pub(crate) struct CreatePolicyVersion(pub(crate) Arc<Access>);

impl Operation for CreatePolicyVersion {
    type Wire = wire::iam::CreatePolicyVersion;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &CreatePolicyVersionRequest,
    ) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need("iam:CreatePolicyVersion", &input.policy_arn)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreatePolicyVersionResponse, AccessError> {
        let asked = asked(&request, &request.input.policy_arn)?;
        let input = request.input;
        check_managed_policy(&input.policy_document)?;
        let version =
            PolicyVersion { document: input.policy_document, created: self.0.clock.now() };
        let as_default = input.set_as_default.unwrap_or(false);
        let add = |policy: &mut ManagedPolicy| add(policy, &version, as_default);
        let (policy, number) = asked.change(&self.0.directory, add).await?;
        Ok(CreatePolicyVersionResponse { policy_version: described_version(&policy, number) })
    }
}

/// How many versions a policy has at most.
const VERSIONS_MAX: usize = 5;

/// Adds a version, and gives the policy with it and its number.
fn add(
    policy: &mut ManagedPolicy,
    version: &PolicyVersion,
    as_default: bool,
) -> Result<(ManagedPolicy, u32), AccessError> {
    if policy.versions.len() >= VERSIONS_MAX {
        return Err(AccessError::TooManyVersions(VERSIONS_MAX));
    }
    let number = policy.next_version;
    policy.next_version = number.saturating_add(1);
    policy.versions.insert(number, version.clone());
    policy.updated = version.created;
    if as_default {
        policy.default_version = number;
    }
    Ok((policy.clone(), number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::policy;

    #[test]
    fn there_are_five_versions_at_most_and_no_number_comes_back() {
        let mut policy = policy("/", "p");
        let version = policy.versions[&1].clone();
        for number in 2..=5 {
            let as_default = number == 3;
            assert_eq!(add(&mut policy, &version, as_default).unwrap().1, number);
        }
        assert_eq!(policy.default_version, 3);
        let refused = add(&mut policy, &version, false);
        assert!(matches!(refused, Err(AccessError::TooManyVersions(5))));
        policy.versions.remove(&5);
        assert_eq!(add(&mut policy, &version, false).unwrap().1, 6);
    }
}
