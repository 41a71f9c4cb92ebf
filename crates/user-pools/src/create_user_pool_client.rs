use std::sync::Arc;

use directory::{Change, Record, UserPoolClient, UserPoolClientKey, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use session::Label;
use types::{Entropy, SecretString};
use wire::cognito_idp::{CreateUserPoolClientRequest, CreateUserPoolClientResponse};

use crate::{
    UserPools,
    client_settings::ClientSettings,
    clients,
    error::UserPoolsError,
    names::{check_title, check_word},
    pools::{on_pool, pool_key},
};

const LOWER_CASE_ALPHANUMERICS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const CLIENT_ID_CHARACTERS: usize = 26;
const CLIENT_SECRET_CHARACTERS: usize = 52;

/// [`CreateUserPoolClient`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html)
pub(crate) struct CreateUserPoolClient(pub(crate) Arc<UserPools>);

impl Operation for CreateUserPoolClient {
    type Wire = wire::cognito_idp::CreateUserPoolClient;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &CreateUserPoolClientRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        on_pool("cognito-idp:CreateUserPoolClient", caller, &input.user_pool_id)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateUserPoolClientResponse, UserPoolsError> {
        let pool = pool_key(&request, &request.input.user_pool_id)?;
        let (client, secret) = self.0.create_user_pool_client(&pool, request.input).await?;
        let described = clients::described(&pool, &client, secret);
        Ok(CreateUserPoolClientResponse { user_pool_client: Some(described) })
    }
}

impl UserPools {
    pub(crate) async fn create_user_pool_client(
        &self,
        pool: &UserPoolKey,
        input: CreateUserPoolClientRequest,
    ) -> Result<(UserPoolClient, Option<SecretString>), UserPoolsError> {
        let id = self.entropy.text(LOWER_CASE_ALPHANUMERICS, CLIENT_ID_CHARACTERS);
        let key = UserPoolClientKey { pool: pool.clone(), id };
        check_title("clientName", &input.client_name)?;
        let secret = secret(&input, &*self.entropy)?;
        let place = UserPoolClient::associated_data(&key);
        let seal = |secret| self.ring.seal(Label::SecretAtRest, &place, secret, &*self.entropy);
        let sealed = secret.as_ref().map(seal).transpose()?;
        let name = input.client_name.clone();
        let settings = ClientSettings::try_from(input)?;
        let now = self.clock.now();
        let (key, name, sealed, settings) = (&key, &name, &sealed, &settings);
        let client = self
            .directory
            .retry(|| async move {
                let found = self.pool(pool).await?;
                let client = settings.client(
                    &found.record,
                    key.id.clone(),
                    name.clone(),
                    sealed.clone(),
                    now,
                )?;
                let mut change = Change::new();
                change.require_unchanged(&found);
                change.create(key, &client);
                Ok::<_, UserPoolsError>((change, client))
            })
            .await?;
        Ok((client, secret))
    }
}

/// The client's secret: made, brought along, or none.
fn secret(
    input: &CreateUserPoolClientRequest,
    entropy: &dyn Entropy,
) -> Result<Option<SecretString>, UserPoolsError> {
    match (&input.client_secret, input.generate_secret.unwrap_or(false)) {
        (Some(_), true) => {
            let message = "ClientSecret and GenerateSecret cannot be given together";
            Err(UserPoolsError::InvalidParameter(message.to_owned()))
        }
        (Some(secret), false) => {
            check_word("clientSecret", secret.expose())?;
            Ok(Some(secret.clone()))
        }
        (None, true) => {
            let secret = entropy.text(LOWER_CASE_ALPHANUMERICS, CLIENT_SECRET_CHARACTERS);
            Ok(Some(SecretString::new(secret)))
        }
        (None, false) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use types::SeededEntropy;

    use super::*;

    #[test]
    fn a_secret_is_made_or_brought_along_but_not_both() {
        let entropy: &dyn Entropy = &SeededEntropy::new(1);
        let input = |generate, brought: Option<&str>| CreateUserPoolClientRequest {
            generate_secret: generate,
            client_secret: brought.map(SecretString::from),
            ..CreateUserPoolClientRequest::default()
        };
        assert!(secret(&input(None, None), entropy).unwrap().is_none());
        let made = secret(&input(Some(true), None), entropy).unwrap().unwrap();
        assert_eq!(made.expose().len(), CLIENT_SECRET_CHARACTERS);
        let brought = secret(&input(Some(false), Some("a_secret+1")), entropy).unwrap().unwrap();
        assert!(brought.equals(b"a_secret+1"));
        assert!(secret(&input(Some(true), Some("a_secret")), entropy).is_err());
        assert!(secret(&input(None, Some("not a word")), entropy).is_err());
    }
}
