//! Groups as responses describe them.

use directory::{Entity as _, IamGroup, Owner};

/// A group as responses describe it.
pub(crate) fn described(group: &IamGroup, owner: &Owner) -> wire::iam::Group {
    wire::iam::Group {
        arn: group.arn(owner).to_string(),
        create_date: group.created,
        group_id: group.unique_id.to_string(),
        group_name: group.name.clone(),
        path: group.path.clone(),
    }
}
