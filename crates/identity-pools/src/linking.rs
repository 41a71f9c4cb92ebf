//! What becomes of an identity when logins are linked to it or two become one.
//!
//! Sources: Amazon Cognito Developer Guide, *Identity pools authentication flow*, *Linking logins* and
//! *Merging identities*; API reference, `MergeDeveloperIdentities`.

use std::collections::BTreeMap;

use directory::{DEVELOPER_LOGINS, Identity, IdentityState};
use types::Timestamp;

/// How many logins of all kinds one identity has at most.
const LOGINS_MAX: usize = 20;

/// Who somebody has shown to be: the subject by the provider's name. A developer-authenticated user
/// is there under [`DEVELOPER_LOGINS`].
pub(crate) type Subjects = BTreeMap<String, String>;

/// Why logins cannot be of one identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
    /// Two people of one provider.
    #[error("The identity would have two logins of one provider.")]
    SameProvider,
    /// More than AWS's quota.
    #[error("An identity has at most {LOGINS_MAX} logins.")]
    TooMany,
}

/// Whether this login is one of the identity's.
pub(crate) fn has(identity: &Identity, provider: &str, subject: &str) -> bool {
    if provider == DEVELOPER_LOGINS {
        return identity.developer_users.contains(subject);
    }
    identity.logins.get(provider).is_some_and(|own| own == subject)
}

/// Links those logins that the identity does not have yet. Whether there were any.
pub(crate) fn link(identity: &mut Identity, subjects: &Subjects) -> Result<bool, LinkError> {
    let mut linked = false;
    for (provider, subject) in subjects {
        if has(identity, provider, subject) {
            continue;
        }
        linked = true;
        if provider == DEVELOPER_LOGINS {
            identity.developer_users.insert(subject.clone());
        } else if identity.logins.insert(provider.clone(), subject.clone()).is_some() {
            return Err(LinkError::SameProvider);
        }
    }
    if identity.login_count() > LOGINS_MAX { Err(LinkError::TooMany) } else { Ok(linked) }
}

/// Makes two identities one: `parent` takes over the logins of `child`, which is disabled.
pub(crate) fn merge(
    parent: &mut Identity,
    child: &mut Identity,
    now: Timestamp,
) -> Result<(), LinkError> {
    let logins = std::mem::take(&mut child.logins);
    link(parent, &logins)?;
    parent.developer_users.append(&mut child.developer_users);
    if parent.login_count() > LOGINS_MAX {
        return Err(LinkError::TooMany);
    }
    parent.last_modified = now;
    child.last_modified = now;
    child.state = IdentityState::MergedInto(parent.id.clone());
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::{IdentityId, SeededEntropy};

    use super::*;

    fn identity(seed: u64, logins: &[(&str, &str)], users: &[&str]) -> Identity {
        let id = IdentityId::random(&"us-east-1".parse().unwrap(), &SeededEntropy::new(seed));
        let mut identity = Identity::new(id, subjects(logins), Timestamp::UNIX_EPOCH);
        identity.developer_users = users.iter().map(|user| (*user).to_owned()).collect();
        identity
    }

    fn subjects(pairs: &[(&str, &str)]) -> Subjects {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn a_provider_links_once_and_developer_users_many_times() {
        let mut linked = identity(1, &[("a", "1")], &[]);
        assert_eq!(link(&mut linked, &subjects(&[("a", "1")])), Ok(false));
        assert_eq!(link(&mut linked, &subjects(&[("a", "1"), ("b", "2")])), Ok(true));
        assert_eq!(link(&mut linked, &subjects(&[(DEVELOPER_LOGINS, "x")])), Ok(true));
        assert_eq!(link(&mut linked, &subjects(&[(DEVELOPER_LOGINS, "y")])), Ok(true));
        assert_eq!(linked.login_count(), 4);
        assert!(has(&linked, "b", "2") && has(&linked, DEVELOPER_LOGINS, "y"));
        // Neither is taken for the other.
        assert!(!has(&linked, "b", "y") && !has(&linked, DEVELOPER_LOGINS, "2"));
        assert_eq!(link(&mut linked, &subjects(&[("a", "2")])), Err(LinkError::SameProvider));
    }

    #[test]
    fn one_identity_takes_over_the_logins_of_another_once() {
        let now = Timestamp::from_second(7).unwrap();
        let mut parent = identity(1, &[("a", "1")], &["x"]);
        let mut child = identity(2, &[("b", "2")], &["y"]);
        merge(&mut parent, &mut child, now).unwrap();
        assert_eq!(parent.logins, subjects(&[("a", "1"), ("b", "2")]));
        assert_eq!(parent.developer_users.len(), 2);
        assert_eq!(parent.state, IdentityState::Active);
        assert!(child.has_no_login());
        assert_eq!(child.state, IdentityState::MergedInto(parent.id.clone()));
        assert_eq!((parent.last_modified, child.last_modified), (now, now));
        let mut same = identity(3, &[("a", "2")], &[]);
        assert_eq!(merge(&mut parent, &mut same, now), Err(LinkError::SameProvider));
    }

    #[test]
    fn there_are_at_most_twenty_logins() {
        let names: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        let users: Vec<&str> = names.iter().map(String::as_str).collect();
        let more: Vec<String> = (10..19).map(|n| n.to_string()).collect();
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        let mut parent = identity(1, &[("a", "1")], &users);
        let mut child = identity(2, &[], &more);
        merge(&mut parent, &mut child, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(parent.login_count(), 20);
        assert_eq!(link(&mut parent, &subjects(&[("b", "1")])), Err(LinkError::TooMany));
        let mut one = identity(3, &[], &["z"]);
        let refused = merge(&mut parent, &mut one, Timestamp::UNIX_EPOCH);
        assert_eq!(refused, Err(LinkError::TooMany));
    }
}
