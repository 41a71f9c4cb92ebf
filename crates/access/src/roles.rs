//! What the operations on roles have in common.

use directory::{Directory, Found, Owner, Role, RoleKey};
use gate::Authorized;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::AccessError;

/// What a policy document in a response is encoded with: all but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A policy document as IAM answers it (RFC 3986; IAM API Reference, *GetRolePolicy*).
pub(crate) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, ENCODED).to_string()
}

/// The caller's account; a role has no region.
pub(crate) fn owner<O: wire::Operation>(request: &Authorized<O>) -> Result<Owner, AccessError> {
    request.owner().ok_or(AccessError::NoAccount)
}

/// The role of that name in the owner's account.
pub(crate) async fn find(
    directory: &Directory,
    owner: &Owner,
    name: &str,
) -> Result<(RoleKey, Found<Role>), AccessError> {
    let key = RoleKey { owner: owner.clone(), name: name.to_owned() };
    let found = directory.get::<Role>(&key).await?;
    let found = found.ok_or_else(|| AccessError::NoSuchRole(name.to_owned()))?;
    Ok((key, found))
}

/// Changes the role of that name.
pub(crate) async fn change<T>(
    directory: &Directory,
    owner: Owner,
    name: &str,
    edit: impl FnMut(&mut Role) -> Result<T, AccessError>,
) -> Result<T, AccessError> {
    let key = RoleKey { owner, name: name.to_owned() };
    let changed = directory.update::<Role, T, AccessError>(&key, edit).await?;
    changed.ok_or_else(|| AccessError::NoSuchRole(name.to_owned()))
}

/// A role as responses describe it.
pub(crate) fn described(role: &Role, owner: &Owner) -> wire::iam::Role {
    let tags = role.tags.iter();
    let tags: Vec<_> = tags
        .map(|(key, value)| wire::iam::Tag { key: key.clone(), value: value.clone() })
        .collect();
    wire::iam::Role {
        path: role.path.clone(),
        role_name: role.name.clone(),
        role_id: role.unique_id.to_string(),
        arn: role.arn(owner).to_string(),
        create_date: role.created,
        assume_role_policy_document: Some(encoded(&role.trust_policy)),
        description: role.description.clone(),
        max_session_duration: i32::try_from(role.max_session_duration_seconds).ok(),
        tags: (!tags.is_empty()).then_some(tags),
        ..wire::iam::Role::default()
    }
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn documents_are_encoded_as_aws_does() {
        assert_eq!(
            encoded("{\"Version\": \"2012-10-17\",\n\"Id\": \"a.b_c~d*+ü\"}"),
            "%7B%22Version%22%3A%20%222012-10-17%22%2C%0A%22Id%22%3A%20%22a.b_c~d%2A%2B%C3%BC%22%7D"
        );
    }
}
