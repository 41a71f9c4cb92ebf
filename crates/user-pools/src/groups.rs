//! Finding and showing groups, and what they mean for those in them.

use directory::{Found, Group, GroupKey, Membership, MembershipKey, UserPoolKey};
use types::{Arn, Uuid};
use wire::cognito_idp::GroupType;

use crate::{UserPools, error::UserPoolsError};

impl UserPools {
    /// The group under this key.
    pub(crate) async fn group(&self, key: &GroupKey) -> Result<Found<Group>, UserPoolsError> {
        self.directory.get::<Group>(key).await?.ok_or(UserPoolsError::NoSuchGroup)
    }

    /// The groups that a user is in, the one that counts most first.
    pub(crate) async fn groups_of(
        &self,
        pool: &UserPoolKey,
        user: Uuid,
    ) -> Result<Vec<Group>, UserPoolsError> {
        let within = MembershipKey::of_user(pool, user);
        let mut groups = Vec::new();
        for membership in self.directory.all::<Membership>(&within).await? {
            let key = GroupKey { pool: pool.clone(), name: membership.record.group };
            let found = self.directory.get::<Group>(&key).await?;
            // A membership outlives its group for a moment.
            groups.extend(
                found
                    .map(|found| found.record)
                    .filter(|group| group.id == membership.record.group_id),
            );
        }
        sort(&mut groups);
        Ok(groups)
    }
}

/// Puts the group that counts most first: the lowest precedence, those without one last; then by name.
fn sort(groups: &mut [Group]) {
    groups.sort_by(|a, b| {
        let rank = |group: &Group| (group.precedence.is_none(), group.precedence);
        rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name))
    });
}

/// The roles of the groups, in their order, each once.
pub(crate) fn roles(groups: &[Group]) -> Vec<Arn> {
    let mut roles: Vec<Arn> = Vec::new();
    for role in groups.iter().filter_map(|group| group.role.as_ref()) {
        if !roles.contains(role) {
            roles.push(role.clone());
        }
    }
    roles
}

/// The role of the group with the lowest precedence among those that have a role; none if two such
/// groups have different ones.
///
/// Source: Amazon Cognito Developer Guide, *Adding groups to a user pool*, *Assigning precedence values
/// to groups*.
pub(crate) fn preferred_role(groups: &[Group]) -> Option<Arn> {
    let mut with_role =
        groups.iter().filter_map(|group| Some((group.precedence, group.role.as_ref()?)));
    let (precedence, role) = with_role.next()?;
    let tie = with_role
        .take_while(|(other, _)| *other == precedence)
        .any(|(_, other_role)| other_role != role);
    (!tie).then(|| role.clone())
}

/// The group as AWS shows it.
pub(crate) fn described(pool: &UserPoolKey, group: &Group) -> GroupType {
    GroupType {
        group_name: Some(group.name.clone()),
        user_pool_id: Some(pool.id.to_string()),
        description: group.description.clone(),
        role_arn: group.role.as_ref().map(ToString::to_string),
        precedence: group.precedence.and_then(|precedence| i32::try_from(precedence).ok()),
        last_modified_date: Some(group.last_modified),
        creation_date: Some(group.created),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use types::{SeededEntropy, Timestamp};

    use super::*;

    fn group(name: &str, precedence: Option<u32>, role: Option<&str>) -> Group {
        let role = role.map(|role| format!("arn:aws:iam::123456789012:role/{role}"));
        Group {
            name: name.to_owned(),
            id: Uuid::random(&SeededEntropy::new(1)),
            description: None,
            precedence,
            role: role.map(|role| role.parse().unwrap()),
            created: Timestamp::UNIX_EPOCH,
            last_modified: Timestamp::UNIX_EPOCH,
        }
    }

    fn names(groups: &[Group]) -> Vec<&str> {
        groups.iter().map(|group| group.name.as_str()).collect()
    }

    fn preferred(groups: &[Group]) -> Option<String> {
        let role = preferred_role(groups)?;
        role.resource().strip_prefix("role/").map(str::to_owned)
    }

    #[test]
    fn zero_comes_first_and_nothing_last() {
        let mut groups = vec![
            group("late", None, None),
            group("also late", None, None),
            group("user", Some(100), None),
            group("admin", Some(0), None),
            group("also user", Some(100), None),
        ];
        sort(&mut groups);
        assert_eq!(names(&groups), ["admin", "also user", "user", "also late", "late"]);
    }

    #[test]
    fn the_preferred_role_is_that_of_the_best_group_that_has_one() {
        for (mut groups, expected) in [
            (vec![], None),
            (vec![group("a", Some(0), None)], None),
            (vec![group("a", Some(9), Some("A"))], Some("A")),
            (vec![group("a", Some(1), Some("A")), group("b", Some(0), Some("B"))], Some("B")),
            (vec![group("a", None, Some("A")), group("b", Some(9), Some("B"))], Some("B")),
            (vec![group("a", Some(0), None), group("b", Some(9), Some("B"))], Some("B")),
            (vec![group("a", Some(1), Some("A")), group("b", Some(1), Some("B"))], None),
            (vec![group("a", None, Some("A")), group("b", None, Some("B"))], None),
            (vec![group("a", Some(1), Some("A")), group("b", Some(1), Some("A"))], Some("A")),
            (
                vec![
                    group("a", Some(0), Some("A")),
                    group("b", Some(1), Some("B")),
                    group("c", Some(1), Some("C")),
                ],
                Some("A"),
            ),
        ] {
            sort(&mut groups);
            assert_eq!(preferred(&groups).as_deref(), expected, "{:?}", names(&groups));
        }
    }

    #[test]
    fn roles_come_in_the_order_of_the_groups_each_once() {
        let mut groups = [
            group("c", Some(3), Some("A")),
            group("b", Some(2), None),
            group("a", Some(1), Some("B")),
            group("d", Some(4), Some("B")),
        ];
        sort(&mut groups);
        let roles: Vec<String> =
            roles(&groups).iter().map(|role| role.resource().to_owned()).collect();
        assert_eq!(roles, ["role/B", "role/A"]);
    }

    proptest! {
        #[test]
        fn the_order_that_groups_are_found_in_never_matters(
            members in prop::collection::btree_map(
                "[a-z]{1,3}",
                (prop::option::of(0_u32..4), prop::option::of("[AB]")),
                0..8,
            ),
            seed in any::<u64>(),
        ) {
            let mut groups: Vec<Group> = members
                .iter()
                .map(|(name, (precedence, role))| group(name, *precedence, role.as_deref()))
                .collect();
            let mut shuffled = groups.clone();
            let length = shuffled.len().max(1) as u64;
            for at in 0..shuffled.len() {
                let other = usize::try_from((seed >> at) % length).unwrap();
                shuffled.swap(at, other);
            }
            sort(&mut groups);
            sort(&mut shuffled);
            prop_assert_eq!(names(&groups), names(&shuffled));
            prop_assert_eq!(preferred(&groups), preferred(&shuffled));
            if let Some(role) = preferred_role(&groups) {
                prop_assert!(roles(&groups).contains(&role));
            }
        }
    }
}
