use std::sync::Arc;

use directory::ManagedPolicy;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::SetDefaultPolicyVersionRequest;

use crate::{
    Access,
    error::AccessError,
    managed_policies::{asked, need, version_number},
};

/// [`SetDefaultPolicyVersion`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html)
pub(crate) struct SetDefaultPolicyVersion(pub(crate) Arc<Access>);

impl Operation for SetDefaultPolicyVersion {
    type Wire = wire::iam::SetDefaultPolicyVersion;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &SetDefaultPolicyVersionRequest,
    ) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need("iam:SetDefaultPolicyVersion", &input.policy_arn)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked(&request, &request.input.policy_arn)?;
        let (id, now) = (&request.input.version_id, self.0.clock.now());
        let set = |policy: &mut ManagedPolicy| {
            let number = version_number(id).filter(|number| policy.versions.contains_key(number));
            policy.default_version = number.ok_or_else(|| AccessError::NoSuchVersion {
                policy: asked.arn.to_string(),
                version: id.clone(),
            })?;
            policy.updated = now;
            Ok(())
        };
        asked.change(&self.0.directory, set).await
    }
}
