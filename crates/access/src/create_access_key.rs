use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use directory::{Change, IamUser, UserAccessKey};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use session::Label;
use types::{AccessKeyId, SecretString};
use wire::iam::{AccessKey, CreateAccessKeyRequest, CreateAccessKeyResponse};

use crate::{
    Access,
    access_keys::{ACTIVE, KEYS_MAX},
    entities::{asked, need, user_name},
    error::AccessError,
};

/// [`CreateAccessKey`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html)
///
/// Without a name it is about the calling user. The secret is told here and never again.
pub(crate) struct CreateAccessKey(pub(crate) Arc<Access>);

impl Operation for CreateAccessKey {
    type Wire = wire::iam::CreateAccessKey;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &CreateAccessKeyRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let name = user_name(caller, input.user_name.as_deref())?;
        Ok(vec![need::<IamUser>("iam:CreateAccessKey", &name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateAccessKeyResponse, AccessError> {
        let name = user_name(request.caller(), request.input.user_name.as_deref())?;
        let asked = &asked::<IamUser, _>(&request, &name)?;
        let id = &AccessKeyId::long_term(&*self.0.entropy);
        let secret =
            &SecretString::new(BASE64_STANDARD.encode(self.0.entropy.bytes::<SECRET_BYTES>()));
        let (access, created) = (&*self.0, self.0.clock.now());
        let make = || async move {
            let (key, found) = asked.find(&access.directory).await?;
            let mut user = found.record.clone();
            if user.access_keys.len() >= KEYS_MAX {
                let quota = "AccessKeysPerUser";
                return Err(AccessError::Quota { quota, limit: KEYS_MAX });
            }
            let data = IamUser::access_key_data(&key, id);
            let secret = access.ring.seal(Label::SecretAtRest, &data, secret, &*access.entropy)?;
            user.access_keys.push(UserAccessKey { id: id.clone(), secret, active: true, created });
            let mut change = Change::new();
            change.replace(&key, &found, &user);
            Ok((change, user.name))
        };
        let user_name = self.0.directory.retry(make).await?;
        Ok(CreateAccessKeyResponse {
            access_key: AccessKey {
                access_key_id: id.to_string(),
                create_date: Some(created),
                secret_access_key: secret.clone(),
                status: ACTIVE.to_owned(),
                user_name,
            },
        })
    }
}

/// 30 bytes are 40 base64 characters, as a secret access key has.
const SECRET_BYTES: usize = 30;
