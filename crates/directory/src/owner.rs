use std::fmt;

use store::Key;
use types::{AccountId, Region};

/// Whose record it is: the account and the region that every key begins with.
///
/// A value of this type is the permission to name the records of that account in that region.
/// Only the gate makes one, from the caller of a signed request, from the public id that an
/// unsigned one names, or from an ARN that AWS lets cross accounts.
///
/// ```compile_fail,E0451
/// fn forge(account: types::AccountId, region: types::Region) -> directory::Owner {
///     directory::Owner { account, region }
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    account: AccountId,
    region: Region,
}

impl Owner {
    /// The owner that a record of the directory itself names.
    pub(crate) fn of_records(account: AccountId, region: Region) -> Self {
        Self { account, region }
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Begins a key of a regional kind.
    pub fn regional_key(&self) -> Key {
        self.global_key().text(self.region.as_str())
    }

    /// Begins a key of a kind that has no region, such as a role.
    pub fn global_key(&self) -> Key {
        Key::new().text(self.account.as_str())
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Owner({}, {})", self.account, self.region)
    }
}

/// The right to make [`Owner`]s. There is one for each opened directory, and the gate takes it.
#[derive(Debug)]
pub struct OwnerAuthority(());

impl OwnerAuthority {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// The owner of what lives in this account and region.
    #[must_use]
    pub fn owner(&self, account: AccountId, region: Region) -> Owner {
        Owner { account, region }
    }
}
