use std::sync::Arc;

use directory::ManagedPolicy;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DeletePolicyVersionRequest;

use crate::{
    Access,
    error::AccessError,
    managed_policies::{asked, need, version_number},
};

/// [`DeletePolicyVersion`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html)
pub(crate) struct DeletePolicyVersion(pub(crate) Arc<Access>);

impl Operation for DeletePolicyVersion {
    type Wire = wire::iam::DeletePolicyVersion;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &DeletePolicyVersionRequest,
    ) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need("iam:DeletePolicyVersion", &input.policy_arn)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked(&request, &request.input.policy_arn)?;
        let (id, now) = (&request.input.version_id, self.0.clock.now());
        let remove = |policy: &mut ManagedPolicy| {
            let number = version_number(id).filter(|number| policy.versions.contains_key(number));
            let number = number.ok_or_else(|| AccessError::NoSuchVersion {
                policy: asked.arn.to_string(),
                version: id.clone(),
            })?;
            if number == policy.default_version {
                return Err(AccessError::DefaultVersion);
            }
            policy.versions.remove(&number);
            policy.updated = now;
            Ok(())
        };
        asked.change(&self.0.directory, remove).await
    }
}
