//! The root users at start: from the environment, or generated once and kept sealed.

use std::{fs, io};

use gate::RootUser;
use serde::{Deserialize, Serialize};
use session::{KeyRing, Label, Sealed};
use types::{AccessKeyId, AccountId, Entropy, SecretString};

use crate::{DataDirectory, DataDirectoryError, config::default_account, write_private};

/// Root users as given to a server.
#[derive(Debug, Clone, Default)]
pub struct Roots {
    /// The account's root user. `None`: generated at the first start.
    pub primary: Option<RootUser>,
    /// The account for which root credentials are generated. Default 123456789012.
    pub account: Option<AccountId>,
    /// The second account's root user; there is none unless it is given.
    pub alternative: Option<RootUser>,
}

/// Why the environment's root credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// A variable does not have its form.
    #[error("{variable}: {reason}")]
    Malformed {
        /// The variable.
        variable: &'static str,
        /// What is wrong. Never the value of a secret.
        reason: String,
    },
    /// One of the two is given without the other.
    #[error("{given} is set, but {missing} is not: set both or none")]
    Half {
        /// What is there.
        given: &'static str,
        /// What is not.
        missing: &'static str,
    },
    /// Both accounts are the same, or both keys are.
    #[error("the two root users must have different accounts and different access keys")]
    Same,
}

const PRIMARY: [&str; 3] =
    ["CLOAKROOM_ROOT_ACCESS_KEY_ID", "CLOAKROOM_ROOT_SECRET_ACCESS_KEY", "CLOAKROOM_ACCOUNT_ID"];
const ALTERNATIVE: [&str; 3] = [
    "CLOAKROOM_ALT_ROOT_ACCESS_KEY_ID",
    "CLOAKROOM_ALT_ROOT_SECRET_ACCESS_KEY",
    "CLOAKROOM_ALT_ACCOUNT_ID",
];

impl Roots {
    /// Reads the variables that `CLOAKROOM_ROOT_…` and `CLOAKROOM_ALT_…` name.
    ///
    /// # Errors
    /// A value is malformed, or half of a pair is missing.
    pub fn from_variables(
        variable: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, RootsError> {
        let account = |name: &'static str| -> Result<Option<AccountId>, RootsError> {
            variable(name).map(|text| parse(name, &text)).transpose()
        };
        let root = |names: [&'static str; 3], account: Option<AccountId>| {
            let [id, secret, account_name] = names;
            match (variable(id), variable(secret)) {
                (None, None) => Ok(None),
                (Some(_), None) => Err(RootsError::Half { given: id, missing: secret }),
                (None, Some(_)) => Err(RootsError::Half { given: secret, missing: id }),
                (Some(key), Some(text)) => Ok(Some(RootUser {
                    account: account
                        .ok_or(RootsError::Half { given: id, missing: account_name })?,
                    access_key_id: long_term(id, &key)?,
                    secret_access_key: SecretString::new(text),
                })),
            }
        };
        let own = account(PRIMARY[2])?;
        let primary = root(PRIMARY, Some(own.unwrap_or_else(default_account)))?;
        let alternative = root(ALTERNATIVE, account(ALTERNATIVE[2])?)?;
        if let (Some(one), Some(other)) = (&primary, &alternative)
            && (one.account == other.account || one.access_key_id == other.access_key_id)
        {
            return Err(RootsError::Same);
        }
        Ok(Self { primary, account: own, alternative })
    }
}

fn parse<T: std::str::FromStr<Err = types::Malformed>>(
    variable: &'static str,
    text: &str,
) -> Result<T, RootsError> {
    text.parse().map_err(|error: types::Malformed| RootsError::Malformed {
        variable,
        reason: error.to_string(),
    })
}

fn long_term(variable: &'static str, text: &str) -> Result<AccessKeyId, RootsError> {
    let key: AccessKeyId = parse(variable, text)?;
    if key.is_temporary() {
        let reason = "an access key id that begins with ASIA is of a session".to_owned();
        return Err(RootsError::Malformed { variable, reason });
    }
    Ok(key)
}

/// A generated root user as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    account: AccountId,
    access_key_id: AccessKeyId,
    secret_access_key: Sealed<String>,
}

/// What sealed secrets of this file are bound to.
const ASSOCIATED_DATA: &[u8] = b"root";

/// The generated root user of this data directory, and whether it was generated just now.
pub(crate) fn generated(
    directory: &DataDirectory,
    ring: &KeyRing,
    account: Option<AccountId>,
    entropy: &dyn Entropy,
) -> Result<(RootUser, bool), DataDirectoryError> {
    let path = directory.join("root");
    let io = |source| DataDirectoryError::Io { path: path.clone(), source };
    let unreadable = |reason: String| io(io::Error::new(io::ErrorKind::InvalidData, reason));
    match fs::read(&path) {
        Ok(bytes) => {
            let kept: Kept =
                serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
            let secret = ring
                .open(Label::SecretAtRest, ASSOCIATED_DATA, &kept.secret_access_key)
                .map_err(|error| unreadable(error.to_string()))?;
            let root = RootUser {
                account: account.unwrap_or(kept.account),
                access_key_id: kept.access_key_id,
                secret_access_key: secret,
            };
            Ok((root, false))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let root = generate(account.unwrap_or_else(default_account), entropy);
            let kept = Kept {
                account: root.account,
                access_key_id: root.access_key_id.clone(),
                secret_access_key: ring
                    .seal(Label::SecretAtRest, ASSOCIATED_DATA, &root.secret_access_key, entropy)
                    .map_err(|error| unreadable(error.to_string()))?,
            };
            let text =
                serde_json::to_string(&kept).map_err(|error| unreadable(error.to_string()))?;
            write_private(&path, &text)?;
            Ok((root, true))
        }
        Err(error) => Err(io(error)),
    }
}

fn generate(account: AccountId, entropy: &dyn Entropy) -> RootUser {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    RootUser {
        account,
        access_key_id: AccessKeyId::long_term(entropy),
        secret_access_key: SecretString::new(entropy.text(ALPHABET, 40)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(set: &[(&'static str, &str)]) -> Result<Roots, RootsError> {
        Roots::from_variables(|name| {
            set.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_account_has_a_default_and_the_second_one_has_none() {
        let id = ("CLOAKROOM_ROOT_ACCESS_KEY_ID", "AKIAAAAAAAAAAAAAAAAA");
        let secret = ("CLOAKROOM_ROOT_SECRET_ACCESS_KEY", "secret");
        let found = roots(&[id, secret]).unwrap().primary.unwrap();
        assert_eq!(found.account.as_str(), "123456789012");
        assert!(matches!(roots(&[id]), Err(RootsError::Half { .. })));
        let alternative = [
            ("CLOAKROOM_ALT_ROOT_ACCESS_KEY_ID", "AKIABBBBBBBBBBBBBBBB"),
            ("CLOAKROOM_ALT_ROOT_SECRET_ACCESS_KEY", "secret"),
        ];
        assert!(matches!(roots(&alternative), Err(RootsError::Half { .. })));
        let same = ("CLOAKROOM_ALT_ACCOUNT_ID", "123456789012");
        let all = [id, secret, alternative[0], alternative[1], same];
        assert!(matches!(roots(&all), Err(RootsError::Same)));
    }

    #[test]
    fn a_root_key_is_never_temporary() {
        let set = [
            ("CLOAKROOM_ROOT_ACCESS_KEY_ID", "ASIAAAAAAAAAAAAAAAAA"),
            ("CLOAKROOM_ROOT_SECRET_ACCESS_KEY", "secret"),
        ];
        assert!(matches!(roots(&set), Err(RootsError::Malformed { .. })));
    }
}
