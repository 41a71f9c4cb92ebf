//! Managed policies: AWS's own and an account's.

use directory::{
    Change, Directory, Found, ManagedPolicy, ManagedPolicyKey, Owner, PolicyUse, PolicyUseKey,
    Usage,
};
use gate::{Authorized, Need, NotTheTarget, On, Target};
use iam::{AwsManagedPolicy, aws_managed_policy};
use types::{Arn, Timestamp};
use wire::iam::{Policy, PolicyVersion};

use crate::{
    boundaries::parse_arn,
    entities::{encoded, owner},
    error::AccessError,
    tagging,
};

/// That an action may be done to the managed policy of this ARN.
pub(crate) fn need(action: &'static str, arn: &str) -> Result<Need, AccessError> {
    Ok(Need::new(action, On::ManagedPolicy(parse_arn(arn)?)))
}

/// A managed policy that is asked for by its ARN.
pub(crate) struct AskedPolicy {
    pub(crate) owner: Owner,
    pub(crate) arn: Arn,
    target: Target,
}

/// The managed policy that a request asks for.
pub(crate) fn asked<O: wire::Operation>(
    request: &Authorized<O>,
    arn: &str,
) -> Result<AskedPolicy, AccessError> {
    let arn = parse_arn(arn)?;
    let target = request.target(&On::ManagedPolicy(arn.clone())).cloned();
    let target = target.ok_or_else(|| AccessError::NoSuchPolicy(arn.to_string()))?;
    Ok(AskedPolicy { owner: owner(request)?, arn, target })
}

impl AskedPolicy {
    fn missing(&self) -> AccessError {
        AccessError::NoSuchPolicy(self.arn.to_string())
    }

    /// One of AWS's own, if that is asked for.
    pub(crate) fn aws(&self) -> Option<&'static AwsManagedPolicy> {
        aws_managed_policy(self.arn.as_str())
    }

    /// The account's own policy as it is now.
    pub(crate) async fn find(
        &self,
        directory: &Directory,
    ) -> Result<(ManagedPolicyKey, Found<ManagedPolicy>), AccessError> {
        let key = ManagedPolicyKey::from_arn(self.owner.clone(), &self.arn);
        let key = key.ok_or_else(|| self.missing())?;
        let found = directory.get::<ManagedPolicy>(&key).await?;
        let found = found.ok_or_else(|| self.missing())?;
        match self.target.check_policy(&found.record, &self.owner) {
            Ok(()) => Ok((key, found)),
            Err(NotTheTarget::Another) => Err(self.missing()),
            Err(NotTheTarget::Changed) => Err(AccessError::Changed),
        }
    }

    /// Changes the account's own policy.
    pub(crate) async fn change<T>(
        &self,
        directory: &Directory,
        edit: impl Fn(&mut ManagedPolicy) -> Result<T, AccessError> + Sync,
    ) -> Result<T, AccessError> {
        let edit = &edit;
        let make = || async move {
            let (key, found) = self.find(directory).await?;
            let mut policy = found.record.clone();
            let value = edit(&mut policy)?;
            let mut change = Change::new();
            change.replace(&key, &found, &policy);
            Ok((change, value))
        };
        directory.retry(make).await
    }
}

/// That there is such a policy, AWS's or the account's own, and that it stays as it is until the change
/// is made: no entity comes to use a policy that is being deleted.
pub(crate) async fn require_policy(
    directory: &Directory,
    owner: &Owner,
    arn: &Arn,
    change: &mut Change,
) -> Result<(), AccessError> {
    if aws_managed_policy(arn.as_str()).is_some() {
        return Ok(());
    }
    let missing = || AccessError::NotAttachable(arn.to_string());
    let key = ManagedPolicyKey::from_arn(owner.clone(), arn).ok_or_else(missing)?;
    let found = directory.get::<ManagedPolicy>(&key).await?;
    let found = found.filter(|found| found.record.arn(owner) == *arn).ok_or_else(missing)?;
    change.require_unchanged(&found);
    Ok(())
}

/// How many entities of the account use a policy: attached, and as a boundary.
pub(crate) async fn uses(
    directory: &Directory,
    owner: &Owner,
    arn: &Arn,
) -> Result<[usize; 2], AccessError> {
    let mut counts = [0; 2];
    for (count, usage) in counts.iter_mut().zip([Usage::Policy, Usage::Boundary]) {
        let within = PolicyUseKey::of_usage(owner, arn, usage);
        *count = directory.all::<PolicyUse>(&within).await?.len();
    }
    Ok(counts)
}

/// A version's number as requests and responses write it.
pub(crate) fn version_id(number: u32) -> String {
    format!("v{number}")
}

/// The number that a request means, if it can be one.
pub(crate) fn version_number(id: &str) -> Option<u32> {
    let number = id.strip_prefix('v')?.parse().ok()?;
    (version_id(number) == id).then_some(number)
}

fn count(uses: usize) -> Option<i32> {
    i32::try_from(uses).ok()
}

/// A policy of the account as most responses describe it. Only `GetPolicy` tells the description.
///
/// Source: IAM API Reference, `Policy`.
pub(crate) fn described(policy: &ManagedPolicy, owner: &Owner, uses: [usize; 2]) -> Policy {
    let [attachments, boundaries] = uses;
    Policy {
        arn: Some(policy.arn(owner).to_string()),
        attachment_count: count(attachments),
        create_date: Some(policy.created),
        default_version_id: Some(version_id(policy.default_version)),
        description: None,
        is_attachable: Some(true),
        path: Some(policy.path.clone()),
        permissions_boundary_usage_count: count(boundaries),
        policy_id: Some(policy.unique_id.to_string()),
        policy_name: Some(policy.name.clone()),
        tags: tagging::some(&policy.tags),
        update_date: Some(policy.updated),
    }
}

/// One of AWS's own policies, likewise.
pub(crate) fn described_aws(policy: &AwsManagedPolicy, uses: [usize; 2]) -> Policy {
    let [attachments, boundaries] = uses;
    let created = created_aws(policy);
    Policy {
        arn: Some(policy.arn()),
        attachment_count: count(attachments),
        create_date: created,
        default_version_id: Some(version_id(policy.version)),
        description: None,
        is_attachable: Some(true),
        path: Some(policy.path.to_owned()),
        permissions_boundary_usage_count: count(boundaries),
        policy_id: None,
        policy_name: Some(policy.name.to_owned()),
        tags: None,
        update_date: created,
    }
}

fn created_aws(policy: &AwsManagedPolicy) -> Option<Timestamp> {
    Timestamp::from_second(policy.created).ok()
}

/// A version of a policy of the account, without its document.
pub(crate) fn described_version(policy: &ManagedPolicy, number: u32) -> Option<PolicyVersion> {
    let version = policy.versions.get(&number)?;
    Some(PolicyVersion {
        create_date: Some(version.created),
        document: None,
        is_default_version: Some(number == policy.default_version),
        version_id: Some(version_id(number)),
    })
}

/// The one version that is known of one of AWS's own policies, without its document.
pub(crate) fn described_aws_version(policy: &AwsManagedPolicy) -> PolicyVersion {
    PolicyVersion {
        create_date: created_aws(policy),
        document: None,
        is_default_version: Some(true),
        version_id: Some(version_id(policy.version)),
    }
}

/// The same with a document.
pub(crate) fn with_document(version: PolicyVersion, document: &str) -> PolicyVersion {
    PolicyVersion { document: Some(encoded(document)), ..version }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_v_and_a_number_and_nothing_else() {
        assert_eq!(version_number("v1"), Some(1));
        assert_eq!(version_number("v12"), Some(12));
        for id in ["", "1", "v", "v01", "v+1", "V1", "v1.0", "v4294967296", "v-1"] {
            assert_eq!(version_number(id), None, "{id}");
        }
    }
}
