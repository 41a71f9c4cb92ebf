//! Permissions boundaries of roles and users.

use directory::{Change, Directory, Owner};
use types::Arn;
use wire::iam::{AttachedPermissionsBoundary, PermissionsBoundaryAttachmentType};

use crate::{error::AccessError, managed_policies::require_policy};

/// The ARN that a request gives.
pub(crate) fn parse_arn(text: &str) -> Result<Arn, AccessError> {
    text.parse().map_err(|_| AccessError::InvalidArn(text.to_owned()))
}

/// The boundary that a request to make an entity names, if it does; with its policy, which must be there
/// and stay as it is until the entity is.
pub(crate) async fn boundary_of_new(
    directory: &Directory,
    owner: &Owner,
    given: Option<&str>,
    change: &mut Change,
) -> Result<Option<Arn>, AccessError> {
    let Some(arn) = given.map(parse_arn).transpose()? else { return Ok(None) };
    require_policy(directory, owner, &arn, change).await?;
    Ok(Some(arn))
}

/// A boundary as responses describe it.
pub(crate) fn described(arn: Option<&Arn>) -> Option<AttachedPermissionsBoundary> {
    arn.map(|arn| AttachedPermissionsBoundary {
        permissions_boundary_arn: Some(arn.to_string()),
        permissions_boundary_type: Some(
            PermissionsBoundaryAttachmentType::PermissionsBoundaryPolicy,
        ),
    })
}
