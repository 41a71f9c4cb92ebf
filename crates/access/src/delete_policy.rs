use std::sync::Arc;

use directory::{Change, PolicyUse, PolicyUseKey};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DeletePolicyRequest;

use crate::{
    Access,
    error::AccessError,
    managed_policies::{asked, need, uses},
};

/// [`DeletePolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html)
pub(crate) struct DeletePolicy(pub(crate) Arc<Access>);

impl Operation for DeletePolicy {
    type Wire = wire::iam::DeletePolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &DeletePolicyRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need("iam:DeletePolicy", &input.policy_arn)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = &asked(&request, &request.input.policy_arn)?;
        let directory = &self.0.directory;
        let make = || async move {
            let (key, found) = asked.find(directory).await?;
            if uses(directory, &asked.owner, &asked.arn).await? != [0, 0] {
                return Err(AccessError::PolicyAttached);
            }
            if found.record.versions.len() > 1 {
                return Err(AccessError::VersionsRemain);
            }
            let mut change = Change::new();
            change.delete(&key, &found);
            change.require_none::<PolicyUse>(&PolicyUseKey::of_policy(&asked.owner, &asked.arn));
            Ok((change, ()))
        };
        directory.retry(make).await
    }
}
