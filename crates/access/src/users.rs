//! Users as responses describe them.

use directory::{Entity as _, IamUser, Owner};

use crate::{boundaries, tagging};

/// A user as responses describe it.
pub(crate) fn described(user: &IamUser, owner: &Owner) -> wire::iam::User {
    wire::iam::User {
        arn: user.arn(owner).to_string(),
        create_date: user.created,
        // There are no passwords.
        password_last_used: None,
        path: user.path.clone(),
        permissions_boundary: boundaries::described(user.permissions_boundary.as_ref()),
        tags: tagging::some(&user.tags),
        user_id: user.unique_id.to_string(),
        user_name: user.name.clone(),
    }
}
