//! What the caller's side says: the policies of who asks, as they are now.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use directory::{Entity as _, IamUser, IamUserKey, Role, RoleKey};
use iam::{CompiledPolicy, Policy, PolicyKind};
use session::{Session, SessionPolicy, SessionPrincipal};
use types::{AccountId, Arn, UniqueId};

use crate::{
    Gate, Principal,
    entity_cache::{CompiledEntity, EntityPolicies, managed_policy},
};

/// The policies of who asks.
#[derive(Default)]
pub(crate) struct CallerPolicies {
    entity: Arc<EntityPolicies>,
    /// What limits the session, if anything does: one must allow.
    session: Option<Vec<Arc<CompiledPolicy>>>,
    /// Where each of those stands.
    session_sources: Vec<String>,
}

impl CallerPolicies {
    fn of(entity: Arc<EntityPolicies>) -> Self {
        Self { entity, ..Self::default() }
    }

    /// As the engine takes them, beside the resource's.
    pub(crate) fn with<'a>(&'a self, resource: Option<&'a CompiledPolicy>) -> iam::Policies<'a> {
        iam::Policies {
            identity: &self.entity.identity,
            permissions_boundary: self.entity.boundary.as_deref(),
            session: self.session.as_deref(),
            resource,
            ..iam::Policies::default()
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<CompiledPolicy>> {
        let boundary = self.entity.boundary.iter().flatten();
        self.entity.identity.iter().chain(boundary).chain(self.session.iter().flatten())
    }

    /// With what is also said of who began a multipart upload, for what concerns this upload. Boundary
    /// and session policies limit it, a denial outweighs it, and for a bucket of another account it is
    /// not enough.
    pub(crate) fn with_own_upload(mut self) -> Self {
        static COMPILED: OnceLock<Arc<CompiledPolicy>> = OnceLock::new();
        let policy = COMPILED.get_or_init(|| compile(INITIATOR)).clone();
        let entity = Arc::make_mut(&mut self.entity);
        entity.identity.push(policy);
        entity.sources.push("who began an upload may end it".to_owned());
        self
    }

    /// The tags of the role or user.
    pub(crate) fn tags(&self) -> &BTreeMap<String, String> {
        &self.entity.tags
    }

    /// Where the policy of this kind and number stands.
    pub(crate) fn source(&self, kind: PolicyKind, number: u16) -> Option<String> {
        let number = usize::from(number);
        match kind {
            PolicyKind::Identity => self.entity.sources.get(number).cloned(),
            PolicyKind::PermissionsBoundary => self.entity.boundary_source.clone(),
            PolicyKind::Session => self.session_sources.get(number).cloned(),
            _ => None,
        }
    }
}

impl Gate {
    /// The policies of who asks.
    pub(crate) async fn caller_policies(
        &self,
        principal: &Principal,
    ) -> Result<CallerPolicies, directory::Error> {
        match principal {
            // That root may do everything is said here, and not by the engine.
            Principal::Root(_) => Ok(CallerPolicies::of(everything())),
            // User and role were there when the request was authenticated; one that went since allows
            // nothing.
            Principal::User(user) => {
                let found = self.user(user.account, &user.unique_id, &user.arn).await?;
                Ok(found.map(|user| CallerPolicies::of(user.policies.clone())).unwrap_or_default())
            }
            Principal::Session(session) => {
                Ok(self.session_policies(session).await?.unwrap_or_default())
            }
            Principal::WebIdentity(_) | Principal::Service(_) | Principal::Anonymous => {
                Ok(CallerPolicies::default())
            }
        }
    }

    /// What a session may do now. `None` if what it is a session of is gone, or was made anew.
    pub(crate) async fn session_policies(
        &self,
        session: &Session,
    ) -> Result<Option<CallerPolicies>, directory::Error> {
        let entity = match &session.principal {
            SessionPrincipal::AssumedRole { role, role_id, .. } => {
                let found = self.role_by_arn(role, session.account).await?;
                found
                    .filter(|found| found.found.record.unique_id == *role_id)
                    .map(|found| found.policies.clone())
            }
            SessionPrincipal::UserSession { user, user_id }
            | SessionPrincipal::FederatedUser { issuer: user, issuer_id: user_id, .. } => {
                let found = self.user(session.account, user_id, user).await?;
                found.map(|found| found.policies.clone())
            }
            SessionPrincipal::RootSession => {
                self.0.parts.accounts.contains(session.account).then(everything)
            }
        };
        let Some(entity) = entity else { return Ok(None) };
        let mut policies = CallerPolicies::of(entity);
        // A federated user may do what its session policies allow, and without one nothing.
        // Source: STS API Reference, `GetFederationToken`, *Permissions*.
        let federated = matches!(session.principal, SessionPrincipal::FederatedUser { .. });
        if federated || !session.policies.is_empty() {
            let mut limits = Vec::new();
            for (number, policy) in session.policies.iter().enumerate() {
                if let Some(limit) = self.session_policy(session.account, policy).await? {
                    limits.push(limit);
                    policies.session_sources.push(match policy {
                        SessionPolicy::Document(_) => format!("session policy {number}"),
                        SessionPolicy::Managed(arn) => arn.to_string(),
                    });
                }
            }
            policies.session = Some(limits);
        }
        Ok(Some(policies))
    }

    /// A policy that limits a session, as it is now; one that went since allows nothing.
    async fn session_policy(
        &self,
        account: AccountId,
        policy: &SessionPolicy,
    ) -> Result<Option<Arc<CompiledPolicy>>, directory::Error> {
        let document = match policy {
            SessionPolicy::Document(text) => Some(text.clone()),
            SessionPolicy::Managed(arn) => self.managed_document(account, arn).await?,
        };
        let Some(document) = document else { return Ok(None) };
        // It was parsed before it was stored or sealed.
        let unreadable = |error| directory::Error::Unreadable {
            space: <Role as directory::Record>::SPACE,
            reason: format!("a policy of a session: {error}"),
        };
        self.0.policies.of_session(&document).map(Some).map_err(unreadable)
    }

    /// The document of a managed policy that is AWS's or the account's own.
    pub(crate) async fn managed_document(
        &self,
        account: AccountId,
        arn: &Arn,
    ) -> Result<Option<String>, directory::Error> {
        if let Some(policy) = iam::aws_managed_policy(arn.as_str()) {
            return Ok(Some(policy.document.to_owned()));
        }
        let owner = self.owner(account, self.0.parts.region.clone());
        let found = managed_policy(&self.0.parts.directory, &owner, arn).await?;
        Ok(found.and_then(|found| found.record.document().map(str::to_owned)))
    }

    /// The user of this id, if it still goes by this ARN.
    pub(crate) async fn user(
        &self,
        account: AccountId,
        unique_id: &UniqueId,
        arn: &Arn,
    ) -> Result<Option<Arc<CompiledEntity<IamUser>>>, directory::Error> {
        let owner = self.owner(account, self.0.parts.region.clone());
        let key = IamUserKey { owner: owner.clone(), unique_id: unique_id.clone() };
        let found = self.0.users.get(&self.0.parts.directory, &owner, &key).await?;
        Ok(found.filter(|found| found.found.record.arn(&owner) == *arn))
    }

    /// The role with this ARN, if it is the account's.
    pub(crate) async fn role_by_arn(
        &self,
        arn: &Arn,
        account: AccountId,
    ) -> Result<Option<Arc<CompiledEntity<Role>>>, directory::Error> {
        // Roles have no region; the key of a role does not contain the one given here.
        let owner = self.owner(account, self.0.parts.region.clone());
        let Some(key) = RoleKey::from_arn(owner, arn) else { return Ok(None) };
        let role = self.0.roles.get(&self.0.parts.directory, &key.owner, &key).await?;
        // The ARN names the role's path too.
        Ok(role.filter(|role| role.found.record.arn(&key.owner) == *arn))
    }
}

/// What is said of root in the engine's terms: an identity policy that allows everything.
fn everything() -> Arc<EntityPolicies> {
    static COMPILED: OnceLock<Arc<EntityPolicies>> = OnceLock::new();
    let make = || {
        Arc::new(EntityPolicies {
            identity: vec![compile(ROOT)],
            sources: vec!["the root user may do everything in its account".to_owned()],
            ..EntityPolicies::default()
        })
    };
    COMPILED.get_or_init(make).clone()
}

const ROOT: &str = r#"{"Version": "2012-10-17",
    "Statement": {"Sid": "Root", "Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

const INITIATOR: &str = r#"{"Version": "2012-10-17",
    "Statement": {"Sid": "Initiator", "Effect": "Allow",
        "Action": ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
        "Resource": "*"}}"#;

#[expect(clippy::expect_used, reason = "for literals that are policies; tests parse both")]
fn compile(text: &str) -> Arc<CompiledPolicy> {
    Arc::new(Policy::parse(text, PolicyKind::Identity).expect("a policy").compile())
}
