//! What roles allow, compiled once per version of their record.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use directory::{Directory, Found, Owner, Role, RoleKey};
use iam::{CompiledPolicy, Policy, PolicyKind};
use quick_cache::sync::Cache;
use types::AccountId;

/// How many roles are kept compiled.
const ROLES_MAX: usize = 4096;

/// A role and its policies, ready to judge by.
pub(crate) struct CompiledRole {
    pub(crate) found: Found<Role>,
    /// What the role may do.
    pub(crate) policies: Vec<Arc<CompiledPolicy>>,
    /// Who may take it.
    pub(crate) trust: Arc<CompiledPolicy>,
    /// The directory's revision at which this was last known to be so.
    checked_at: AtomicU64,
}

/// Compiled roles by account and name.
///
/// An entry counts as long as the directory has not changed since it was checked; then the role's
/// record is read again, which is one point read, and compiled again only if it is another version.
/// So a decision is never older than the last acknowledged commit.
pub(crate) struct RoleCache {
    roles: Cache<(AccountId, String), Arc<CompiledRole>>,
}

impl RoleCache {
    pub(crate) fn new() -> Self {
        Self { roles: Cache::new(ROLES_MAX) }
    }

    /// The role of this owner and name as it is now, if there is one.
    pub(crate) async fn get(
        &self,
        directory: &Directory,
        owner: &Owner,
        name: &str,
    ) -> Result<Option<Arc<CompiledRole>>, directory::Error> {
        // Names differ by more than case, and so do entries.
        let entry = (*owner.account(), name.to_ascii_lowercase());
        // Read before the record is: what comes in between makes the entry old, never the reverse.
        let revision = directory.freshness().revision.0;
        let cached = self.roles.get(&entry);
        if let Some(role) = &cached
            && role.checked_at.load(Ordering::Acquire) == revision
        {
            return Ok(cached);
        }
        let key = RoleKey { owner: owner.clone(), name: entry.1.clone() };
        let Some(found) = directory.get::<Role>(&key).await? else {
            self.roles.remove(&entry);
            return Ok(None);
        };
        if let Some(role) = cached
            && role.found.version() == found.version()
        {
            role.checked_at.fetch_max(revision, Ordering::AcqRel);
            return Ok(Some(role));
        }
        let role = Arc::new(compile(found, revision)?);
        self.roles.insert(entry, role.clone());
        Ok(Some(role))
    }
}

fn compile(found: Found<Role>, revision: u64) -> Result<CompiledRole, directory::Error> {
    let parse = |text: &str, kind| {
        Policy::parse(text, kind).map(|policy| Arc::new(policy.compile())).map_err(|error| {
            // It was parsed before it was stored, so this is damage or a newer version's policy.
            directory::Error::Unreadable {
                space: <Role as directory::Record>::SPACE,
                reason: format!("a policy of the role {}: {error}", found.record.name),
            }
        })
    };
    let policies = found.record.inline_policies.values();
    let policies = policies.map(|text| parse(text, PolicyKind::Identity));
    Ok(CompiledRole {
        policies: policies.collect::<Result<_, _>>()?,
        trust: parse(&found.record.trust_policy, PolicyKind::Trust)?,
        checked_at: AtomicU64::new(revision),
        found,
    })
}
