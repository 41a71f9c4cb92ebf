use gate::{Access, Authorized, Caller, Need, On, Operation};
use types::AccessKeyId;
use wire::{
    Fault, Refusal, Service,
    sts::{GetAccessKeyInfoRequest, GetAccessKeyInfoResponse},
};

/// [`GetAccessKeyInfo`](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html)
///
/// Whoever may ask is told the account of any long-term access key, as on AWS. A temporary one names no
/// account, and nothing is stored of it.
pub(crate) struct GetAccessKeyInfo;

/// Why the account of an access key is not told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccessKeyInfoError {
    #[error("Access key {0} is not known here as a long-term access key")]
    Unknown(String),
    #[error(transparent)]
    Directory(#[from] gate::IssueError),
}

impl From<AccessKeyInfoError> for Fault {
    fn from(error: AccessKeyInfoError) -> Self {
        match &error {
            AccessKeyInfoError::Unknown(_) => {
                Refusal::InvalidValue.fault(Service::Sts, error.to_string())
            }
            AccessKeyInfoError::Directory(inner) => {
                tracing::error!(error = %inner, "the owner of an access key cannot be read");
                Refusal::Unavailable
                    .fault(Service::Sts, "The directory does not answer. Try again.")
            }
        }
    }
}

impl Operation for GetAccessKeyInfo {
    type Wire = wire::sts::GetAccessKeyInfo;
    type Error = AccessKeyInfoError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        _: &GetAccessKeyInfoRequest,
    ) -> Result<Vec<Need>, AccessKeyInfoError> {
        Ok(vec![Need::new("sts:GetAccessKeyInfo", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetAccessKeyInfoResponse, AccessKeyInfoError> {
        let unknown = || AccessKeyInfoError::Unknown(request.input.access_key_id.clone());
        let id: AccessKeyId = request.input.access_key_id.parse().map_err(|_| unknown())?;
        let account = request.account_of_access_key(&id).await.map_err(gate::IssueError::from)?;
        let account = account.ok_or_else(unknown)?;
        Ok(GetAccessKeyInfoResponse { account: Some(account.to_string()) })
    }
}
