use std::sync::Arc;

use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{GetPolicyVersionRequest, GetPolicyVersionResponse};

use crate::{
    Access,
    error::AccessError,
    managed_policies::{
        asked, described_aws_version, described_version, need, version_number, with_document,
    },
};

/// [`GetPolicyVersion`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html)
pub(crate) struct GetPolicyVersion(pub(crate) Arc<Access>);

impl Operation for GetPolicyVersion {
    type Wire = wire::iam::GetPolicyVersion;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &GetPolicyVersionRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need("iam:GetPolicyVersion", &input.policy_arn)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetPolicyVersionResponse, AccessError> {
        let asked = asked(&request, &request.input.policy_arn)?;
        let id = &request.input.version_id;
        let missing =
            || AccessError::NoSuchVersion { policy: asked.arn.to_string(), version: id.clone() };
        let number = version_number(id).ok_or_else(missing)?;
        let version = match asked.aws() {
            Some(policy) if policy.version == number => {
                with_document(described_aws_version(policy), policy.document)
            }
            Some(_) => return Err(missing()),
            None => {
                let (_, found) = asked.find(&self.0.directory).await?;
                let version = found.record.versions.get(&number).ok_or_else(missing)?;
                let described = described_version(&found.record, number).ok_or_else(missing)?;
                with_document(described, &version.document)
            }
        };
        Ok(GetPolicyVersionResponse { policy_version: Some(version) })
    }
}
