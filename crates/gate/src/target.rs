//! What an operation of IAM is about: a role, user, group or managed policy, as it was when the
//! decision was made.

use std::{borrow::Cow, collections::BTreeMap};

use directory::{
    Entity, EntityKind, Found, IamGroup, IamUser, ManagedPolicy, Owner, Role, StackName,
    StackNameKey, entity_arn,
};
use types::{Arn, UniqueId};

use crate::{Caller, Gate, Need, On, entity_cache::managed_policy};

/// An entity or managed policy that was asked for, with what policies may have decided by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// Its id; none if there was no such thing.
    unique_id: Option<UniqueId>,
    arn: Option<Arn>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) permissions_boundary: Option<Arn>,
}

impl Target {
    fn of<E: Entity>(entity: &E, owner: &Owner) -> Self {
        Self {
            unique_id: Some(entity.unique_id().clone()),
            arn: Some(entity.arn(owner)),
            tags: entity.tags().clone(),
            permissions_boundary: entity.permissions_boundary().cloned(),
        }
    }

    /// That this entity is the one that was decided on, and is still as it was then in all that
    /// policies look at. Whoever acts on it must see that it is.
    ///
    /// # Errors
    /// It is another one, or would be another decision.
    pub fn check<E: Entity>(&self, entity: &E, owner: &Owner) -> Result<(), NotTheTarget> {
        self.check_against(&Self::of(entity, owner))
    }

    /// The same of a managed policy.
    ///
    /// # Errors
    /// It is another one, or would be another decision.
    pub fn check_policy(&self, policy: &ManagedPolicy, owner: &Owner) -> Result<(), NotTheTarget> {
        self.check_against(&Self::of_policy(policy, owner))
    }

    fn check_against(&self, now: &Self) -> Result<(), NotTheTarget> {
        match self == now {
            true => Ok(()),
            false if self.unique_id == now.unique_id && self.arn == now.arn => {
                Err(NotTheTarget::Changed)
            }
            false => Err(NotTheTarget::Another),
        }
    }

    fn of_policy(policy: &ManagedPolicy, owner: &Owner) -> Self {
        Self {
            unique_id: Some(policy.unique_id.clone()),
            arn: Some(policy.arn(owner)),
            tags: policy.tags.clone(),
            permissions_boundary: None,
        }
    }
}

/// Why something is not acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTheTarget {
    /// What was asked for is not there any more: this one was made anew or has another path.
    Another,
    /// It was tagged or bounded otherwise meanwhile, so that it may be decided otherwise now.
    Changed,
}

/// A need whose resource is an ARN, and what it is about, if that was looked up.
pub(crate) struct Located<'a> {
    pub(crate) need: Cow<'a, Need>,
    pub(crate) target: Option<Target>,
}

impl Gate {
    /// The need with an entity's ARN for its name. One that is not there has no path either, so that
    /// who may ask for it is told that it is missing.
    pub(crate) async fn located<'a>(
        &self,
        caller: &Caller,
        need: &'a Need,
    ) -> Result<Located<'a>, directory::Error> {
        let untouched = Located { need: Cow::Borrowed(need), target: None };
        let Some(account) = caller.principal.account() else { return Ok(untouched) };
        let owner = self.owner(account, caller.region.clone());
        let (arn, target) = match &need.on {
            On::Entity(kind, name) => {
                let target = match kind {
                    EntityKind::Role => self.target::<Role>(&owner, name).await?,
                    EntityKind::User => self.target::<IamUser>(&owner, name).await?,
                    EntityKind::Group => self.target::<IamGroup>(&owner, name).await?,
                };
                let arn = target.as_ref().and_then(|target| target.arn.clone());
                (arn.unwrap_or_else(|| entity_arn(*kind, &owner, "/", name)), target)
            }
            On::ManagedPolicy(arn) => {
                let found = managed_policy(&self.0.parts.directory, &owner, arn).await?;
                (arn.clone(), found.map(|found| Target::of_policy(&found.record, &owner)))
            }
            On::Stack(name) => {
                let on = On::Own(self.stack_arn(&owner, name).await?);
                let need = Need { on, ..need.clone() };
                return Ok(Located { need: Cow::Owned(need), target: None });
            }
            _ => return Ok(untouched),
        };
        let need = Need { on: On::Own(arn), ..need.clone() };
        Ok(Located { need: Cow::Owned(need), target: Some(target.unwrap_or_default()) })
    }

    /// The ARN of the stack that has this name now, or of any that could have it.
    async fn stack_arn(&self, owner: &Owner, name: &str) -> Result<Arn, directory::Error> {
        let key = StackNameKey { owner: owner.clone(), name: name.to_owned() };
        let found = self.0.parts.directory.get::<StackName>(&key).await?;
        let id = found.map_or_else(|| "*".to_owned(), |found| found.record.id.to_string());
        let resource = format!("stack/{name}/{id}");
        Ok(Arn::new("cloudformation", Some(owner.region()), Some(owner.account()), &resource))
    }

    /// Whether the role or user of the owner's account that this ARN names is there. Of anything else
    /// that is not known, and so it is.
    pub(crate) async fn is_there(
        &self,
        owner: &Owner,
        arn: &Arn,
    ) -> Result<bool, directory::Error> {
        let Some((kind, path)) = arn.resource().split_once('/') else { return Ok(true) };
        let name = path.rsplit('/').next().unwrap_or(path);
        let found = match (arn.service(), kind) {
            ("iam", "role") => self.target::<Role>(owner, name).await?,
            ("iam", "user") => self.target::<IamUser>(owner, name).await?,
            _ => return Ok(true),
        };
        Ok(found.and_then(|found| found.arn).is_some_and(|own| own == *arn))
    }

    async fn target<E: Entity>(
        &self,
        owner: &Owner,
        name: &str,
    ) -> Result<Option<Target>, directory::Error> {
        let found = E::by_name(&self.0.parts.directory, owner, name).await?;
        Ok(found.map(|(_, found): (_, Found<E>)| Target::of(&found.record, owner)))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use directory::Directory;
    use store::{Records, SqliteRecords};
    use types::{Clock, ManualClock, SeededEntropy, Timestamp, UniqueIdKind};

    use super::*;

    fn role(path: &str, seed: u64) -> Role {
        Role {
            name: "r".to_owned(),
            path: path.to_owned(),
            unique_id: UniqueId::random(UniqueIdKind::Role, &SeededEntropy::new(seed)),
            created: Timestamp::UNIX_EPOCH,
            description: None,
            max_session_duration_seconds: 3600,
            trust_policy: "{}".to_owned(),
            inline_policies: BTreeMap::new(),
            tags: BTreeMap::new(),
            managed_policies: BTreeSet::new(),
            permissions_boundary: None,
        }
    }

    /// Who may change `/mine/r` is not let change the `/theirs/r` that takes its place meanwhile, nor
    /// an `/mine/r` that policies would see otherwise.
    #[test]
    fn what_is_acted_on_is_what_was_decided_on() {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let path = folder.path().join("directory.db");
        let records: Arc<dyn Records> =
            Arc::new(SqliteRecords::open(&path, directory::SPACES, clock).unwrap());
        let (_, authority) = Directory::open(records);
        let owner = authority.owner("123456789012".parse().unwrap(), "us-east-1".parse().unwrap());
        let decided = Target::of(&role("/mine/", 1), &owner);
        let described = Role { description: Some("changed".to_owned()), ..role("/mine/", 1) };
        assert_eq!(decided.check(&described, &owner), Ok(()));
        for another in [role("/theirs/", 1), role("/mine/", 2)] {
            assert_eq!(decided.check(&another, &owner), Err(NotTheTarget::Another));
        }
        let tags = BTreeMap::from([("team".to_owned(), "hats".to_owned())]);
        let tagged = Role { tags, ..role("/mine/", 1) };
        let boundary = "arn:aws:iam::aws:policy/IAMFullAccess".parse().unwrap();
        let bounded = Role { permissions_boundary: Some(boundary), ..role("/mine/", 1) };
        for changed in [tagged, bounded] {
            assert_eq!(decided.check(&changed, &owner), Err(NotTheTarget::Changed));
        }
        // Nothing was there: whatever is there now is another one.
        assert_eq!(Target::default().check(&described, &owner), Err(NotTheTarget::Another));
    }
}
