//! Whether the caller may: facts, policies, verdict, and telling the audit.

use std::sync::{Arc, OnceLock};

use directory::Role;
use iam::{CompiledPolicy, Decision, PolicyKind};
use objects::{Bucket, ObjectsError, Tags, Versioned};
use types::{AccountId, Arn, SignedDuration, Timestamp};
use wire::{Fault, OperationId, Refusal, Service};

use crate::{
    Caller, Gate, Need, On, Refused, RoleGrant, Target,
    audit::Allowed,
    caller_policies::CallerPolicies,
    context::{RequestContext, engine_principal},
    entity_cache::CompiledEntity,
    object_facts,
    target::Located,
};

/// A node that has not heard from the directory for this long does not decide.
const STALENESS_MAX: SignedDuration = SignedDuration::from_secs(5);

/// What was decided on.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    buckets: Vec<Arc<Versioned<Bucket>>>,
    /// Entities and managed policies that were asked for, as they were then.
    targets: Vec<(On, Target)>,
    role: Option<RoleGrant>,
    pub(crate) parts: Vec<Result<(), Fault>>,
    /// Tags of objects that policies looked at.
    existing_tags: Vec<(On, Tags)>,
}

impl Decided {
    pub(crate) fn bucket(&self, name: &str) -> Option<&Versioned<Bucket>> {
        self.buckets
            .iter()
            .map(|bucket| &**bucket)
            .find(|bucket| bucket.value.name.as_str() == name)
    }

    pub(crate) fn target(&self, on: &On) -> Option<&Target> {
        self.targets.iter().find(|(asked, _)| asked == on).map(|(_, target)| target)
    }

    pub(crate) fn parts(&self) -> &[Result<(), Fault>] {
        &self.parts
    }

    pub(crate) fn existing_tags(&self, bucket: &str, key: &str) -> Option<&Tags> {
        let is_it =
            |on: &On| matches!(on, On::Object { bucket: b, key: k } if b == bucket && k == key);
        self.existing_tags.iter().find(|(on, _)| is_it(on)).map(|(_, tags)| tags)
    }

    /// Keeps what was decided on.
    pub(crate) fn add(&mut self, need: &Need, facts: &Facts) {
        if let Some(bucket) = &facts.bucket
            && self.bucket(bucket.value.name.as_str()).is_none()
        {
            self.buckets.push(bucket.clone());
        }
        if let Some(tags) = facts.existing_tags.get() {
            self.existing_tags.push((need.on.clone(), tags.clone()));
        }
    }

    pub(crate) fn role(&self) -> Option<&RoleGrant> {
        self.role.as_ref()
    }
}

/// What the resource's side says.
#[derive(Default)]
pub(crate) struct Facts {
    account: Option<AccountId>,
    pub(crate) policy: Option<Arc<CompiledPolicy>>,
    pub(crate) bucket: Option<Arc<Versioned<Bucket>>>,
    role: Option<Arc<CompiledEntity<Role>>>,
    /// The caller began the upload that the need is about.
    is_initiator: bool,
    target: Option<Target>,
    /// The tags of the object, once a policy has made it necessary to look at them.
    pub(crate) existing_tags: OnceLock<Tags>,
}

/// What the engine says, with its reasons if it refuses.
enum Verdict {
    Allowed(iam::Matched),
    Refused { decision: Decision, explanation: Box<iam::Explanation> },
}

fn verdict(
    caller: &Caller,
    service: Service,
    need: &Need,
    facts: &Facts,
    own: &CallerPolicies,
    now: Timestamp,
) -> Verdict {
    let principal = engine_principal(&caller.principal);
    let context = RequestContext {
        caller,
        service,
        need,
        entity_tags: own.tags(),
        existing_tags: facts.existing_tags.get(),
        resource_account: facts.account,
        target: facts.target.as_ref(),
        now,
    };
    let resource = need.on.resource();
    let request = iam::Request {
        principal: &principal,
        action: need.action,
        resource: &resource,
        resource_account: facts.account,
        context: &context,
    };
    let policies = iam::Policies {
        block_public_access: facts.restricts_public_policy(),
        ..own.with(facts.policy.as_deref())
    };
    match iam::decide(&policies, &request) {
        Decision::Allow(by) => Verdict::Allowed(by),
        decision => {
            let mut explanation = Box::new(iam::explain(&policies, &request));
            for policy in &mut explanation.policies {
                policy.source = match policy.kind {
                    PolicyKind::Resource | PolicyKind::Trust => Some(source_of_resource(&need.on)),
                    kind => own.source(kind, policy.number),
                };
            }
            Verdict::Refused { decision, explanation }
        }
    }
}

impl Gate {
    /// Decides all that an operation needs. The first refusal ends it.
    pub(crate) async fn decide(
        &self,
        caller: &Caller,
        id: OperationId,
        needs: &[Need],
    ) -> Result<Decided, Fault> {
        let mut decided = Decided::default();
        for need in needs {
            let asked = need;
            let Located { need, target } = self
                .located(caller, need)
                .await
                .map_err(|error| unavailable(id.service(), &error))?;
            let facts = Facts { target, ..self.facts(caller, id.service(), &need).await? };
            self.judge(caller, id, &need, &facts).await?;
            decided.add(&need, &facts);
            if let Some(target) = facts.target {
                decided.targets.push((asked.on.clone(), target));
            }
            if let (Some(role), On::Trust(arn)) = (facts.role, &asked.on) {
                // Its session must rest on one trust policy, and not on two halves of two.
                let before = decided.role.as_ref().map(|grant| grant.role.version());
                if before.is_some_and(|version| version != role.found.version()) {
                    let message = "The role was changed meanwhile. Try again.";
                    return Err(Refusal::Unavailable.fault(id.service(), message));
                }
                let owner =
                    arn.account_id().map(|account| self.owner(account, caller.region.clone()));
                decided.role = owner.map(|owner| RoleGrant { role: role.found.clone(), owner });
            }
        }
        Ok(decided)
    }

    /// Decides one thing that could only be asked later.
    pub(crate) async fn may(&self, caller: &Caller, id: OperationId, need: &Need) -> bool {
        let Ok(Located { need, target }) = self.located(caller, need).await else { return false };
        match self.facts(caller, id.service(), &need).await {
            Ok(facts) => {
                let facts = Facts { target, ..facts };
                self.judge(caller, id, &need, &facts).await.is_ok()
            }
            Err(_) => false,
        }
    }

    pub(crate) async fn judge(
        &self,
        caller: &Caller,
        id: OperationId,
        need: &Need,
        facts: &Facts,
    ) -> Result<(), Fault> {
        let service = id.service();
        let now = self.now();
        let heard = self.0.parts.directory.freshness().heard_at;
        if now.duration_since(heard) > STALENESS_MAX {
            let message = "this node has not heard from the directory for too long to decide";
            return Err(Refusal::Unavailable.fault(service, message));
        }
        let own = self.caller_policies(&caller.principal).await;
        let own = own.map_err(|error| unavailable(service, &error))?;
        let own = if facts.is_initiator { own.with_own_upload() } else { own };
        self.look_at_tags(service, need, facts, &own).await?;
        let (decision, explanation) = match verdict(caller, service, need, facts, &own, now) {
            Verdict::Allowed(by) => {
                self.audit().allowed(Allowed {
                    request_id: caller.request_id,
                    time: now,
                    operation: id,
                    action: need.action,
                    account: caller.principal.account(),
                    access_key_id: caller.access_key_id.clone(),
                    by,
                });
                return Ok(());
            }
            Verdict::Refused { decision, explanation } => (decision, explanation),
        };
        self.audit()
            .refused(Refused {
                request_id: caller.request_id,
                time: now,
                operation: id.to_string(),
                principal: caller.principal.display_arn(),
                account: caller.principal.account(),
                access_key_id: caller.access_key_id.clone(),
                source_ip: caller.source_ip.map(|address| address.to_string()),
                resource_account: facts.account,
                explanation: *explanation,
            })
            .await;
        Err(Refusal::NotAllowed.fault(service, refusal_text(caller, need, facts, &decision)))
    }

    /// What the resource's side says of this need.
    pub(crate) async fn facts(
        &self,
        caller: &Caller,
        service: Service,
        need: &Need,
    ) -> Result<Facts, Fault> {
        let account = caller.principal.account();
        match &need.on {
            On::Everything | On::Own(_) | On::Entity(..) | On::ManagedPolicy(_) | On::Stack(_) => {
                Ok(Facts { account, ..Facts::default() })
            }
            On::Bucket(name) | On::Object { bucket: name, .. } => {
                let bucket = self.0.parts.objects.bucket(name).await;
                let bucket = bucket.map_err(|error| unavailable(service, &error))?;
                let bucket = bucket.ok_or_else(|| object_facts::no_bucket(name))?;
                let policy = if may_always_mend(caller, bucket.value.owner, need.action) {
                    None
                } else {
                    let policy = self.0.policies.of_bucket(&bucket);
                    policy.map_err(|error| unavailable(service, &error))?
                };
                let is_initiator = self.is_initiator(caller, need, &bucket.value).await;
                let is_initiator = is_initiator.map_err(|error| unavailable(service, &error))?;
                Ok(Facts {
                    account: Some(bucket.value.owner),
                    policy,
                    bucket: Some(Arc::new(bucket)),
                    is_initiator,
                    ..Facts::default()
                })
            }
            On::Trust(arn) => {
                let role = self.trusted_role(arn).await.map_err(|e| unavailable(service, &e))?;
                Ok(Facts {
                    account: arn.account_id(),
                    policy: role.as_ref().and_then(|role| role.trust.clone()),
                    role,
                    ..Facts::default()
                })
            }
        }
    }

    /// Whether the caller began the multipart upload that the need is about.
    async fn is_initiator(
        &self,
        caller: &Caller,
        need: &Need,
        bucket: &Bucket,
    ) -> Result<bool, ObjectsError> {
        let (Some(upload), On::Object { key, .. }) = (&need.upload, &need.on) else {
            return Ok(false);
        };
        let (Ok(key), Ok(upload)) = (key.parse(), upload.parse()) else { return Ok(false) };
        let upload = self.0.parts.objects.upload(bucket, &key, upload).await?;
        let principal = upload.and_then(|upload| upload.value.initiator.principal);
        Ok(principal.is_some() && principal == caller.principal.fingerprint())
    }

    async fn trusted_role(
        &self,
        arn: &Arn,
    ) -> Result<Option<Arc<CompiledEntity<Role>>>, directory::Error> {
        match arn.account_id() {
            Some(account) => self.role_by_arn(arn, account).await,
            None => Ok(None),
        }
    }
}

/// Whether the bucket's policy is not looked at: nobody can lock an account's root out of the
/// policies of its own buckets.
///
/// Source: S3 API Reference, `PutBucketPolicy`, on the root principal of the owner's account.
fn may_always_mend(caller: &Caller, owner: AccountId, action: &str) -> bool {
    let actions = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];
    caller.principal.is_root()
        && caller.principal.account() == Some(owner)
        && actions.contains(&action)
}

/// Where the resource's own policy stands.
fn source_of_resource(on: &On) -> String {
    match on {
        On::Trust(arn) => format!("trust policy of {arn}"),
        On::Bucket(bucket) | On::Object { bucket, .. } => format!("policy of the bucket {bucket}"),
        on => format!("policy of {}", on.resource()),
    }
}

pub(crate) fn unavailable(service: Service, error: &dyn std::error::Error) -> Fault {
    tracing::error!(%error, "what a decision needs cannot be read");
    Refusal::Unavailable.fault(service, "The request cannot be decided now. Try again.")
}

/// What the caller is told, in AWS's words.
///
/// Sources: IAM User Guide, *Troubleshoot access denied error messages*; for S3, which tells the
/// reason within one account only, S3 User Guide, *Troubleshoot access denied (403 Forbidden)
/// errors*.
fn refusal_text(caller: &Caller, need: &Need, facts: &Facts, decision: &Decision) -> String {
    let own = caller.principal.account().is_some() && caller.principal.account() == facts.account;
    if matches!(need.on, On::Trust(_)) {
        let (arn, resource) = (caller.principal.display_arn(), need.on.resource());
        return match caller.principal.account() {
            // Neither whether the role is there, nor what it trusts, is told.
            Some(_) => format!(
                "User: {arn} is not authorized to perform: {} on resource: {resource}",
                need.action
            ),
            None => format!("Not authorized to perform {}", need.action),
        };
    }
    if !own {
        return "Access Denied".to_owned();
    }
    let (arn, action) = (caller.principal.display_arn(), need.action);
    let reason = decision.reason(action);
    let resource = need.on.resource();
    format!(
        "User: {arn} is not authorized to perform: {action} on resource: \"{resource}\" {reason}"
    )
}

#[cfg(test)]
mod tests {
    use directory::Directory;
    use objects::Objects;
    use session::KeyRing;
    use store::{DiskBlobs, Records, SqliteRecords};
    use tempfile::TempDir;
    use types::{Entropy, ManualClock, RequestId, SeededEntropy};
    use wire::Operation as _;

    use super::*;
    use crate::{Accounts, Audit, Parts, Principal, SignatureKind, SignatureVersion};

    /// A gate whose time can move while its database hears nothing.
    struct World {
        _folder: TempDir,
        gate: Gate,
        clock: Arc<ManualClock>,
        heard: Arc<ManualClock>,
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let manual = || Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
            let (clock, heard) = (manual(), manual());
            let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
            let open = |name: &str, spaces: &[store::Space]| -> Arc<dyn Records> {
                let path = folder.path().join(name);
                Arc::new(SqliteRecords::open(&path, spaces, heard.clone()).unwrap())
            };
            let (directory, authority) = Directory::open(open("directory", directory::SPACES));
            let index = open("objects", objects::SPACES);
            let blobs = Arc::new(DiskBlobs::open(folder.path()).unwrap());
            let (audit, _) = Audit::new(folder.path().join("audit"), clock.clone());
            let gate = Gate::new(Parts {
                directory,
                authority,
                objects: Objects::new(index, blobs, clock.clone(), entropy.clone()),
                ring: Arc::new(KeyRing::generate(&*entropy).unwrap()),
                accounts: Accounts::new([]),
                region: "us-east-1".parse().unwrap(),
                clock: clock.clone(),
                entropy,
                audit,
            });
            Self { _folder: folder, gate, clock, heard }
        }

        /// What root is told that does something which root may do.
        async fn told(&self) -> Result<(), &'static str> {
            let caller = Caller {
                principal: Principal::Root("123456789012".parse().unwrap()),
                access_key_id: None,
                region: "us-east-1".parse().unwrap(),
                request_id: RequestId::random(&SeededEntropy::new(1)),
                source_ip: None,
                secure_transport: false,
                user_agent: None,
                referer: None,
                content_sha256: None,
                signature: SignatureKind::Header(SignatureVersion::Four),
                signed_at: None,
                called_via: Vec::new(),
            };
            let need = Need::new("s3:ListAllMyBuckets", On::Everything);
            let decided = self.gate.decide(&caller, wire::s3::ListBuckets::ID, &[need]).await;
            decided.map(drop).map_err(|fault| fault.code())
        }
    }

    #[tokio::test]
    async fn who_has_not_heard_from_the_directory_for_five_seconds_does_not_decide() {
        let world = World::new();
        assert_eq!(world.told().await, Ok(()));
        world.clock.advance(STALENESS_MAX);
        assert_eq!(world.told().await, Ok(()));
        world.clock.advance(SignedDuration::from_millis(1));
        assert_eq!(world.told().await, Err("ServiceUnavailable"));
        world.heard.advance(SignedDuration::from_millis(1));
        assert_eq!(world.told().await, Ok(()));
    }
}
