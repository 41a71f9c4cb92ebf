use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{AccountId, IdentityId, IdentityPoolId, Region, UserPoolId};

use crate::{Owner, Record};

/// An id that whoever knows it may name in an unsigned operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicId {
    /// A user pool.
    UserPool(UserPoolId),
    /// A client of a user pool.
    UserPoolClient(String),
    /// The domain of a user pool's sign-in pages.
    UserPoolDomain(String),
    /// An identity pool.
    IdentityPool(IdentityPoolId),
    /// An identity.
    Identity(IdentityId),
}

/// What a public id leads to: whose it is, and the pool it is of.
///
/// Written as an index entry of the pool, client or identity. The gate turns it into an [`Owner`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicResource {
    /// The account it belongs to.
    pub account: AccountId,
    /// The region it lives in.
    pub region: Region,
    /// The id of the pool that a client, a domain or an identity belongs to; a pool's own id otherwise.
    pub pool: String,
}

impl PublicResource {
    /// The entry for something of `owner` in this pool.
    #[must_use]
    pub fn new(owner: &Owner, pool: &impl ToString) -> Self {
        Self { account: *owner.account(), region: owner.region().clone(), pool: pool.to_string() }
    }
}

impl Record for PublicResource {
    const SPACE: Space = Space::new("public_resource");
    const VERSION: u8 = 1;
    type Key = PublicId;

    fn encode_key(key: &PublicId) -> Key {
        let (kind, id) = match key {
            PublicId::UserPool(id) => ("user-pool", id.to_string()),
            PublicId::UserPoolClient(id) => ("user-pool-client", id.clone()),
            PublicId::UserPoolDomain(domain) => ("user-pool-domain", domain.clone()),
            PublicId::IdentityPool(id) => ("identity-pool", id.to_string()),
            PublicId::Identity(id) => ("identity", id.to_string()),
        };
        Key::new().text(kind).text(&id)
    }
}
