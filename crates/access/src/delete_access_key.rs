use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DeleteAccessKeyRequest;

use crate::{
    Access,
    entities::{asked, need, user_name},
    error::AccessError,
};

/// [`DeleteAccessKey`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html)
///
/// Without a name it is about the calling user. A key that is gone is no longer known from the next
/// request on.
pub(crate) struct DeleteAccessKey(pub(crate) Arc<Access>);

impl Operation for DeleteAccessKey {
    type Wire = wire::iam::DeleteAccessKey;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &DeleteAccessKeyRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let name = user_name(caller, input.user_name.as_deref())?;
        Ok(vec![need::<IamUser>("iam:DeleteAccessKey", &name)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let name = user_name(request.caller(), request.input.user_name.as_deref())?;
        let asked = asked::<IamUser, _>(&request, &name)?;
        let id = &request.input.access_key_id;
        let remove = |user: &mut IamUser| {
            let before = user.access_keys.len();
            user.access_keys.retain(|key| key.id.as_str() != id);
            if user.access_keys.len() == before {
                return Err(AccessError::NoSuchAccessKey(id.clone()));
            }
            Ok(())
        };
        asked.change(&self.0.directory, remove).await
    }
}
