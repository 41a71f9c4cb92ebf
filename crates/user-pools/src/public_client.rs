//! What unsigned operations know a client by: its id, and its secret if it has one.

use directory::{PublicId, UserPoolClient, UserPoolClientKey, UserPoolKey};
use gate::Authorized;
use types::SecretString;

use crate::{UserPools, error::UserPoolsError, names::pool_id};

impl UserPools {
    /// The pool of the client that an unsigned request names.
    pub(crate) async fn pool_of_client<O: wire::Operation>(
        &self,
        request: &Authorized<O>,
        client_id: &str,
    ) -> Result<UserPoolKey, UserPoolsError> {
        let id = PublicId::UserPoolClient(client_id.to_owned());
        let found = request.public_owner(id).await?;
        let Some((owner, client)) = found else {
            return Err(UserPoolsError::NoSuchClient(client_id.to_owned()));
        };
        Ok(UserPoolKey { owner, id: pool_id(&client.pool)? })
    }

    /// Checks the client's secret, where an operation takes the secret itself and not a hash under it.
    pub(crate) fn check_client_secret(
        &self,
        key: &UserPoolClientKey,
        client: &UserPoolClient,
        presented: Option<&SecretString>,
    ) -> Result<(), UserPoolsError> {
        match (self.client_secret(key, client)?, presented) {
            (None, None) => Ok(()),
            (Some(secret), Some(presented)) if secret.equals(presented.expose().as_bytes()) => {
                Ok(())
            }
            _ => Err(UserPoolsError::WrongClientSecret),
        }
    }
}
