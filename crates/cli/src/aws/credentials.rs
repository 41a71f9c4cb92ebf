use serde::Deserialize;
use types::{SecretString, Timestamp};

/// An access key: of root or a user, or of a session if it comes with a token.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    /// Names the key; not a secret.
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: SecretString,
    pub(crate) session_token: Option<SecretString>,
    /// When a session ends.
    pub(crate) expiration: Option<Timestamp>,
}

/// What a `credential_process` prints.
///
/// Source: AWS SDKs and Tools Reference, *Process credential provider*.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ProcessCredentials {
    pub(crate) version: u32,
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: Option<SecretString>,
    expiration: Option<Timestamp>,
}

impl From<ProcessCredentials> for Credentials {
    fn from(printed: ProcessCredentials) -> Self {
        Self {
            access_key_id: printed.access_key_id,
            secret_access_key: printed.secret_access_key,
            session_token: printed.session_token,
            expiration: printed.expiration,
        }
    }
}
