//! How an application proves that it knows its client's secret.

use base64::{Engine, engine::general_purpose::STANDARD};
use directory::UserPoolClient;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use types::SecretString;

use crate::error::UserPoolsError;

/// Checks `SECRET_HASH`: the base64 of the HMAC-SHA256, under the client's secret, of the user name
/// and the client's id.
///
/// `secret` is the client's, if it has one. Source: Amazon Cognito Developer Guide, *Computing secret
/// hash values*.
pub(crate) fn check(
    client: &UserPoolClient,
    secret: Option<&SecretString>,
    username: &str,
    presented: Option<&SecretString>,
) -> Result<(), UserPoolsError> {
    match (secret, presented) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(UserPoolsError::SecretHashMissing(client.id.clone())),
        (Some(secret), Some(presented))
            if presented.equals(secret_hash(secret, username, &client.id).as_bytes()) =>
        {
            Ok(())
        }
        (_, Some(_)) => Err(UserPoolsError::WrongSecretHash(client.id.clone())),
    }
}

fn secret_hash(secret: &SecretString, username: &str, client_id: &str) -> String {
    // HMAC takes keys of any length, so this is never the fallback; that would equal no hash.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        return String::new();
    };
    mac.update(username.as_bytes());
    mac.update(client_id.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_that_python_computes() {
        // base64.b64encode(hmac.new(secret, username + client_id, hashlib.sha256).digest())
        for (secret, username, client_id, expected) in [
            ("secret", "admin", "1example23456789", "VRtUW4BgX0tmeSDQ/O2bw7QGNuX9MrzH1BgM4/rOlug="),
            (
                "9sk1exampleexample",
                "Zoë*?${x}",
                "abcdefghijklmnopqrstuvwxyz",
                "P++BtIF1PR00Lll6DfYucsjI+EIXkZW5R4aZAA2zZb4=",
            ),
        ] {
            assert_eq!(secret_hash(&secret.into(), username, client_id), expected);
        }
    }
}
