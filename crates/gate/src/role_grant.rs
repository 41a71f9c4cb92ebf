//! From a checked trust policy to session credentials: the only place that makes them.

use std::collections::{BTreeMap, BTreeSet};

use directory::{Found, Owner, Role};
use session::{
    ClaimValue, Federation, SESSION_TOKEN_CHARACTERS_MAX, SealError, Session, SessionCredentials,
    SessionPolicy, SessionPrincipal, session_token_characters,
};
use types::{Arn, SignedDuration, Timestamp};

use crate::{Authorized, Gate, Principal, WebIdentity, principal::session_arn, user_grant::over};

/// The proof that a role's trust policy lets the caller take it.
#[derive(Debug, Clone)]
pub struct RoleGrant {
    pub(crate) role: Found<Role>,
    pub(crate) owner: Owner,
}

impl RoleGrant {
    /// The role.
    #[must_use]
    pub fn role(&self) -> &Role {
        &self.role.record
    }

    /// The role's ARN.
    #[must_use]
    pub fn arn(&self) -> Arn {
        self.role.record.arn(&self.owner)
    }

    pub(crate) fn session(
        &self,
        by: &Principal,
        wanted: SessionRequest,
        issued: Timestamp,
        expires: Timestamp,
    ) -> Session {
        // What a chain of roles carries along, it carries to its end.
        let (inherited, source_identity) = match by {
            Principal::Session(session) => (
                session.transitive_tags(),
                session.source_identity.clone().or(wanted.source_identity),
            ),
            _ => (BTreeMap::new(), wanted.source_identity),
        };
        let tags = match by {
            Principal::WebIdentity(identity) => over(wanted.tags, identity.tags.clone()),
            _ => wanted.tags,
        };
        let mut transitive_tag_keys = wanted.transitive_tag_keys;
        transitive_tag_keys.extend(inherited.keys().cloned());
        Session {
            account: *self.owner.account(),
            principal: SessionPrincipal::AssumedRole {
                role: self.arn(),
                role_id: self.role().unique_id.clone(),
                session_name: wanted.name,
            },
            source_identity,
            federation: match by {
                Principal::WebIdentity(identity) => Some(federation(identity)),
                _ => None,
            },
            tags: over(tags, inherited),
            transitive_tag_keys,
            policies: wanted.policies,
            mfa_authenticated_at: None,
            issued,
            expires,
        }
    }
}

/// What policies see of the login, for as long as the session lasts.
fn federation(identity: &WebIdentity) -> Federation {
    let claims = BTreeMap::from([
        ("sub".to_owned(), ClaimValue::Text(identity.sub.clone())),
        ("aud".to_owned(), ClaimValue::Text(identity.aud.clone())),
        ("amr".to_owned(), ClaimValue::List(identity.amr.clone())),
    ]);
    Federation { provider: identity.provider.to_owned(), claims }
}

/// The session that is asked for.
#[derive(Debug, Clone, Default)]
pub struct SessionRequest {
    /// Its name, already checked.
    pub name: String,
    /// How long it lasts, in seconds.
    pub duration_seconds: u32,
    /// Policies that limit it further; documents already parsed once.
    pub policies: Vec<SessionPolicy>,
    /// Its tags, already checked and asked for.
    pub tags: BTreeMap<String, String>,
    /// Keys of the tags that go along when it takes another role.
    pub transitive_tag_keys: BTreeSet<String>,
    /// Who is behind it, if that is said for the first time.
    pub source_identity: Option<String>,
}

/// A session that was given out.
#[derive(Debug)]
pub struct IssuedSession {
    /// What the client signs with.
    pub credentials: SessionCredentials,
    /// Who acts in it, such as `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub arn: Arn,
    /// Its `aws:userid`, such as `AROA…:SESSION`.
    pub user_id: String,
    /// Who is behind it, if that is known.
    pub source_identity: Option<String>,
    /// How much of the room for session policies and tags it uses, in percent; none if it has neither.
    pub packed_policy_size: Option<u8>,
}

/// Why no session was given out.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The operation did not ask for a role, or the caller is not who can have such a session.
    #[error("no session was granted to this request")]
    NoGrant,
    /// A managed policy that is neither AWS's nor of the session's account.
    #[error(
        "The policy {0} is not one of AWS's that are known here, nor of the session's account."
    )]
    NoSuchPolicy(Arn),
    /// The session does not fit into a token.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The directory does not answer.
    #[error(transparent)]
    Directory(#[from] directory::Error),
}

impl<O: wire::Operation> Authorized<O> {
    /// Seals a session of the role that was granted to this request.
    ///
    /// # Errors
    /// The operation did not need a role's trust, a managed policy is not there, or the session does
    /// not fit into a token.
    pub async fn issue_session(&self, wanted: SessionRequest) -> Result<IssuedSession, IssueError> {
        let grant = self.role_grant().ok_or(IssueError::NoGrant)?;
        self.check_managed(*grant.owner.account(), &wanted.policies).await?;
        let issued = self.gate.now();
        let expires = expiry(issued, wanted.duration_seconds);
        self.gate.issue(&grant.session(&self.caller().principal, wanted, issued, expires))
    }
}

impl Gate {
    pub(crate) fn issue(&self, session: &Session) -> Result<IssuedSession, IssueError> {
        let credentials = self.seal(session)?;
        let principal = Principal::Session(Box::new(session.clone()));
        Ok(IssuedSession {
            credentials,
            arn: session_arn(session),
            user_id: principal.user_id().unwrap_or_default(),
            source_identity: session.source_identity.clone(),
            packed_policy_size: packed_policy_size(session),
        })
    }
}

/// The share, in percent, that policies and tags have of what the token has room for beside the rest.
fn packed_policy_size(session: &Session) -> Option<u8> {
    if session.policies.is_empty() && session.tags.is_empty() {
        return None;
    }
    let bare = Session {
        policies: Vec::new(),
        tags: BTreeMap::new(),
        transitive_tag_keys: BTreeSet::new(),
        ..session.clone()
    };
    let bare = session_token_characters(&bare);
    let used = session_token_characters(session).saturating_sub(bare);
    let room = SESSION_TOKEN_CHARACTERS_MAX.saturating_sub(bare).max(1);
    u8::try_from((used * 100).div_ceil(room).clamp(1, 100)).ok()
}

pub(crate) fn expiry(issued: Timestamp, seconds: u32) -> Timestamp {
    issued.checked_add(SignedDuration::from_secs(i64::from(seconds))).unwrap_or(issued)
}
