//! Identities as responses describe them.

use directory::{Identity, IdentityPool, IdentityState};
use wire::cognito_identity::IdentityDescription;

/// An identity of this pool: the names of its providers, not who it is there.
pub(crate) fn described(pool: &IdentityPool, identity: &Identity) -> IdentityDescription {
    let of_application = pool.developer_provider.as_ref();
    let of_application = of_application.filter(|_| !identity.developer_users.is_empty());
    let logins: Vec<_> = identity.logins.keys().chain(of_application).cloned().collect();
    IdentityDescription {
        creation_date: Some(identity.created),
        identity_id: Some(identity.id.to_string()),
        last_modified_date: Some(identity.last_modified),
        logins: Some(logins).filter(|logins| !logins.is_empty()),
    }
}

/// Whether nobody can have the identity any more.
pub(crate) fn is_disabled(identity: &Identity) -> bool {
    match identity.state {
        IdentityState::Active => false,
        IdentityState::Inaccessible | IdentityState::MergedInto(_) => true,
    }
}
