use std::sync::Arc;

use directory::{AccessKeyOwner, AccessKeyUse, IamUser, IamUserKey};
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use types::{AccessKeyId, Arn};
use wire::iam::{AccessKeyLastUsed, GetAccessKeyLastUsedRequest, GetAccessKeyLastUsedResponse};

use crate::{Access, entities::owner, error::AccessError};

/// [`GetAccessKeyLastUsed`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html)
///
/// Whose key it is cannot be known before it is looked up, so who asks must be allowed to for every user
/// of the account.
pub(crate) struct GetAccessKeyLastUsed(pub(crate) Arc<Access>);

impl Operation for GetAccessKeyLastUsed {
    type Wire = wire::iam::GetAccessKeyLastUsed;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        caller: &Caller,
        _: &GetAccessKeyLastUsedRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let account = caller.principal.account().ok_or(AccessError::NoAccount)?;
        let users = Arn::new("iam", None, Some(&account), "user/*");
        Ok(vec![Need::new("iam:GetAccessKeyLastUsed", On::Own(users))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetAccessKeyLastUsedResponse, AccessError> {
        let owner = owner(&request)?;
        let missing = || AccessError::NoSuchAccessKey(request.input.access_key_id.clone());
        let id: AccessKeyId = request.input.access_key_id.parse().map_err(|_| missing())?;
        let found = self.0.directory.get::<AccessKeyOwner>(&id).await?;
        // Another account's key is not there.
        let found = found.filter(|found| found.record.account == *owner.account());
        let unique_id = found.ok_or_else(missing)?.record.user;
        let user = self.0.directory.get::<IamUser>(&IamUserKey { owner, unique_id }).await?;
        let user = user.ok_or_else(missing)?;
        let last = self.0.directory.get::<AccessKeyUse>(&id).await?.map(|found| found.record);
        let not_available = || "N/A".to_owned();
        Ok(GetAccessKeyLastUsedResponse {
            access_key_last_used: Some(AccessKeyLastUsed {
                last_used_date: last.as_ref().map(|used| used.time),
                region: last.as_ref().map_or_else(not_available, |used| used.region.clone()),
                service_name: last.map_or_else(not_available, |used| used.service),
            }),
            user_name: Some(user.record.name),
        })
    }
}
