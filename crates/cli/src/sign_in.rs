//! The way from a password to credentials, by unsigned operations of Cognito.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use types::{SecretString, Timestamp};

use crate::aws::{CallError, Client, Credentials, JsonService};

/// What a sign-in hands out.
pub(crate) struct Tokens {
    pub(crate) id_token: SecretString,
    /// Absent when a refresh token was what signed in.
    pub(crate) refresh_token: Option<SecretString>,
}

/// Proves to Cognito that a request comes from the client that has the secret.
///
/// Source: Cognito Developer Guide, *Computing secret hash values*.
pub(crate) fn secret_hash(client_id: &str, client_secret: &SecretString, user: &str) -> String {
    // HMAC takes keys of any length, so there is always one.
    Hmac::<Sha256>::new_from_slice(client_secret.expose().as_bytes())
        .map(|mac| mac.chain_update(user).chain_update(client_id).finalize().into_bytes())
        .map(|hash| BASE64_STANDARD.encode(hash))
        .unwrap_or_default()
}

/// Signs in by one of the flows that end in tokens at once.
pub(crate) async fn initiate_auth(
    unsigned: &Client,
    client_id: &str,
    flow: &str,
    parameters: Value,
) -> Result<Tokens, CallError> {
    let input = json!({ "ClientId": client_id, "AuthFlow": flow, "AuthParameters": parameters });
    let answer = unsigned.json(JsonService::CognitoIdp, "InitiateAuth", input).await?;
    if let Some(challenge) = answer.pointer("/ChallengeName").and_then(Value::as_str) {
        return Err(CallError::Challenge(challenge.to_owned()));
    }
    let id_token = member(&answer, "InitiateAuth", "/AuthenticationResult/IdToken")?;
    let refresh_token =
        answer.pointer("/AuthenticationResult/RefreshToken").and_then(Value::as_str);
    Ok(Tokens {
        id_token: SecretString::new(id_token),
        refresh_token: refresh_token.map(SecretString::from),
    })
}

/// Exchanges an ID token for an identity and its credentials.
pub(crate) async fn exchange(
    unsigned: &Client,
    identity_pool_id: &str,
    provider: &str,
    id_token: &SecretString,
) -> Result<(String, Credentials), CallError> {
    let logins = json!({ provider: id_token.expose() });
    let input = json!({ "IdentityPoolId": identity_pool_id, "Logins": logins });
    let answer = unsigned.json(JsonService::CognitoIdentity, "GetId", input).await?;
    let identity_id = member(&answer, "GetId", "/IdentityId")?;
    let input = json!({ "IdentityId": identity_id, "Logins": logins });
    let answer =
        unsigned.json(JsonService::CognitoIdentity, "GetCredentialsForIdentity", input).await?;
    Ok((identity_id, session_credentials(&answer)?))
}

/// The credentials in an answer of `GetCredentialsForIdentity`.
pub(crate) fn session_credentials(answer: &Value) -> Result<Credentials, CallError> {
    let text = |pointer| member(answer, "GetCredentialsForIdentity", pointer);
    // Seconds since 1970, as a number with a fraction that nobody needs.
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
    let expiration = answer
        .pointer("/Credentials/Expiration")
        .and_then(Value::as_f64)
        .and_then(|seconds| Timestamp::from_second(seconds as i64).ok());
    Ok(Credentials {
        access_key_id: text("/Credentials/AccessKeyId")?,
        secret_access_key: SecretString::new(text("/Credentials/SecretKey")?),
        session_token: Some(SecretString::new(text("/Credentials/SessionToken")?)),
        expiration,
    })
}

/// A member of a JSON answer that has to be a text.
pub(crate) fn member(answer: &Value, operation: &str, pointer: &str) -> Result<String, CallError> {
    answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        CallError::Unreadable {
            operation: operation.to_owned(),
            expected: "what its documentation promises",
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's `hmac` and `base64`.
    #[test]
    fn a_secret_hash_is_the_client_s_proof() {
        assert_eq!(
            secret_hash("client", &SecretString::from("secret"), "admin"),
            "qHQ2qNwtl2zVHxGmLYS0efRAcEA9W8HFwnFoJVt1L7A="
        );
    }

    #[test]
    fn credentials_are_read_with_their_end() {
        let answer = json!({ "Credentials": {
            "AccessKeyId": "A", "SecretKey": "S", "SessionToken": "T", "Expiration": 1.9e9,
        }});
        let credentials = session_credentials(&answer).unwrap();
        assert_eq!(credentials.access_key_id, "A");
        assert_eq!(credentials.expiration.unwrap().as_second(), 1_900_000_000);
        assert!(session_credentials(&json!({ "Credentials": {} })).is_err());
    }
}
