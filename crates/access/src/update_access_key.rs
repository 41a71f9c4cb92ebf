use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::UpdateAccessKeyRequest;

use crate::{
    Access,
    access_keys::is_active,
    entities::{asked, need, user_name},
    error::AccessError,
};

/// [`UpdateAccessKey`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html)
///
/// Without a name it is about the calling user.
pub(crate) struct UpdateAccessKey(pub(crate) Arc<Access>);

impl Operation for UpdateAccessKey {
    type Wire = wire::iam::UpdateAccessKey;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &UpdateAccessKeyRequest,
    ) -> Result<Vec<Need>, AccessError> {
        is_active(&input.status)?;
        let name = user_name(caller, input.user_name.as_deref())?;
        Ok(vec![need::<IamUser>("iam:UpdateAccessKey", &name)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let name = user_name(request.caller(), request.input.user_name.as_deref())?;
        let asked = asked::<IamUser, _>(&request, &name)?;
        let (id, active) = (&request.input.access_key_id, is_active(&request.input.status)?);
        let update = |user: &mut IamUser| {
            let key = user.access_keys.iter_mut().find(|key| key.id.as_str() == id);
            key.ok_or_else(|| AccessError::NoSuchAccessKey(id.clone()))?.active = active;
            Ok(())
        };
        asked.change(&self.0.directory, update).await
    }
}
