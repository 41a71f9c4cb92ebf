//! Roles as responses describe them.

use directory::{Owner, Role};

use crate::{boundaries, entities::encoded, tagging};

/// A role as responses describe it.
pub(crate) fn described(role: &Role, owner: &Owner) -> wire::iam::Role {
    wire::iam::Role {
        path: role.path.clone(),
        role_name: role.name.clone(),
        role_id: role.unique_id.to_string(),
        arn: role.arn(owner).to_string(),
        create_date: role.created,
        assume_role_policy_document: Some(encoded(&role.trust_policy)),
        description: role.description.clone(),
        max_session_duration: i32::try_from(role.max_session_duration_seconds).ok(),
        permissions_boundary: boundaries::described(role.permissions_boundary.as_ref()),
        tags: tagging::some(&role.tags),
        ..wire::iam::Role::default()
    }
}

/// How long a session of a role lasts at most, as a request gives it, in seconds.
pub(crate) fn max_session_duration(given: i32) -> Result<u32, crate::error::AccessError> {
    let seconds = u32::try_from(given).ok().filter(|seconds| (3600..=43_200).contains(seconds));
    seconds.ok_or(crate::error::AccessError::Invalid {
        member: "maxSessionDuration",
        rule: "It must be a number of seconds from 3600 to 43200.",
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::{World, role};

    #[test]
    fn a_role_is_described_with_what_it_has() {
        let role = Role {
            description: Some("of the demo".to_owned()),
            tags: BTreeMap::from([("team".to_owned(), "coats".to_owned())]),
            permissions_boundary: Some("arn:aws:iam::aws:policy/IAMFullAccess".parse().unwrap()),
            ..role("/app/", "admin")
        };
        let world = World::new();
        let described = described(&role, &world.owner("123456789012", "us-east-1"));
        assert_eq!(described.arn, "arn:aws:iam::123456789012:role/app/admin");
        assert!(described.role_id.starts_with("AROA"));
        assert_eq!(described.assume_role_policy_document.as_deref(), Some("%7B%7D"));
        assert_eq!(described.max_session_duration, Some(3600));
        assert_eq!(described.tags.unwrap()[0].key, "team");
        assert_eq!(described.description.as_deref(), Some("of the demo"));
        let boundary = described.permissions_boundary.unwrap().permissions_boundary_arn;
        assert_eq!(boundary.as_deref(), Some("arn:aws:iam::aws:policy/IAMFullAccess"));
    }

    #[test]
    fn a_session_lasts_from_one_to_twelve_hours_at_most() {
        assert_eq!(max_session_duration(3600).unwrap(), 3600);
        assert_eq!(max_session_duration(43_200).unwrap(), 43_200);
        for wrong in [-1, 0, 3599, 43_201] {
            assert!(max_session_duration(wrong).is_err(), "{wrong}");
        }
    }
}
