//! The refresh token of a user's last sign-in, kept so that the next one asks for no password.

use std::{fs, io, path::Path};

use serde::Deserialize;
use serde_json::json;
use types::SecretString;

use crate::private_file::{self, WriteError};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    client_id: String,
    user: String,
    refresh_token: SecretString,
}

/// The token kept for this user of this client. A file that is missing, unreadable or somebody
/// else's is as good as none: the password is asked for.
pub(crate) fn read(path: &Path, client_id: &str, user: &str) -> io::Result<Option<SecretString>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    Ok(serde_json::from_str::<Kept>(&text)
        .ok()
        .filter(|kept| kept.client_id == client_id && kept.user == user)
        .map(|kept| kept.refresh_token))
}

/// Keeps the token, in a file that only its owner reads.
pub(crate) fn write(
    path: &Path,
    client_id: &str,
    user: &str,
    refresh_token: &SecretString,
) -> Result<(), WriteError> {
    let kept =
        json!({ "clientId": client_id, "user": user, "refreshToken": refresh_token.expose() });
    private_file::write(path, &kept.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_given_back_for_its_own_user_and_client_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cache/admin");
        assert!(read(&path, "c", "admin").unwrap().is_none());
        write(&path, "c", "admin", &SecretString::from("token")).unwrap();
        assert_eq!(read(&path, "c", "admin").unwrap().unwrap().expose(), "token");
        assert!(read(&path, "c", "user").unwrap().is_none());
        assert!(read(&path, "d", "admin").unwrap().is_none());
        fs::write(&path, "not JSON").unwrap();
        assert!(read(&path, "c", "admin").unwrap().is_none());
    }
}
