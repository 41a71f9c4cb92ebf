//! The root users: known by configuration, not by record.

use std::fmt;

use types::{AccessKeyId, AccountId, SecretString};

/// The root user of an account and its access key.
#[derive(Clone)]
pub struct RootUser {
    /// The account.
    pub account: AccountId,
    /// The access key's id.
    pub access_key_id: AccessKeyId,
    /// The access key's secret.
    pub secret_access_key: SecretString,
}

impl fmt::Debug for RootUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootUser({}, {})", self.account, self.access_key_id)
    }
}

/// The accounts of this installation.
#[derive(Debug, Clone)]
pub struct Accounts {
    roots: Vec<RootUser>,
}

impl Accounts {
    /// These accounts and no others.
    #[must_use]
    pub fn new(roots: impl IntoIterator<Item = RootUser>) -> Self {
        Self { roots: roots.into_iter().collect() }
    }

    /// Whether there is such an account.
    pub(crate) fn contains(&self, account: AccountId) -> bool {
        self.roots.iter().any(|root| root.account == account)
    }

    /// The root user that this access key is of.
    pub(crate) fn root(&self, key: &AccessKeyId) -> Option<&RootUser> {
        self.roots.iter().find(|root| root.access_key_id == *key)
    }
}
