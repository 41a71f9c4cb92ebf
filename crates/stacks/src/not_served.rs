//! What AWS takes and this service does not: refused by name, never passed over.

use wire::cloudformation::{DeploymentConfig, DeploymentConfigMode};

use crate::error::StackError;

/// The first of these members that is given is refused.
pub(crate) fn refuse<const N: usize>(members: [(&'static str, bool); N]) -> Result<(), StackError> {
    match members.into_iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(StackError::NotServed(name)),
        None => Ok(()),
    }
}

/// Whether a deployment is asked for that is not AWS's default, which the CDK spells out.
///
/// Source: CloudFormation API Reference, `DeploymentConfig`.
pub(crate) fn unusual(deployment: Option<&DeploymentConfig>) -> bool {
    deployment.is_some_and(|given| {
        given.disable_rollback == Some(true)
            || given.mode.as_ref().is_some_and(|mode| *mode != DeploymentConfigMode::Standard)
    })
}

/// Whether a list has members.
pub(crate) fn some<T>(list: Option<&Vec<T>>) -> bool {
    list.is_some_and(|list| !list.is_empty())
}
