//! From a checked trust policy to session credentials: the only place that makes them.

use std::collections::{BTreeMap, BTreeSet};

use directory::{Found, Owner, Role};
use session::{ClaimValue, Federation, SealError, Session, SessionCredentials, SessionPrincipal};
use types::{Arn, SignedDuration, Timestamp};

use crate::{Authorized, Principal, WebIdentity, principal::session_arn};

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
        Session {
            account: *self.owner.account(),
            principal: SessionPrincipal::AssumedRole {
                role: self.arn(),
                role_id: self.role().unique_id.clone(),
                session_name: wanted.name,
            },
            source_identity: None,
            federation: match by {
                Principal::WebIdentity(identity) => Some(federation(identity)),
                _ => None,
            },
            tags: match by {
                Principal::WebIdentity(identity) => identity.tags.clone(),
                _ => BTreeMap::new(),
            },
            transitive_tag_keys: BTreeSet::new(),
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
#[derive(Debug, Clone)]
pub struct SessionRequest {
    /// Its name, already checked.
    pub name: String,
    /// How long it lasts, in seconds.
    pub duration_seconds: u32,
    /// Policies that limit it further, already parsed once.
    pub policies: Vec<String>,
}

/// A session that was given out.
#[derive(Debug)]
pub struct IssuedSession {
    /// What the client signs with.
    pub credentials: SessionCredentials,
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub arn: Arn,
    /// `AROA…:SESSION`.
    pub assumed_role_id: String,
}

/// Why no session was given out.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The operation did not ask for a role.
    #[error("no role was granted to this request")]
    NoGrant,
    /// The session does not fit into a token.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl<O: wire::Operation> Authorized<O> {
    /// Seals a session of the role that was granted to this request.
    ///
    /// # Errors
    /// The operation did not need a role's trust, or the session does not fit into a token.
    pub fn issue_session(&self, wanted: SessionRequest) -> Result<IssuedSession, IssueError> {
        let grant = self.role_grant().ok_or(IssueError::NoGrant)?;
        let issued = self.gate.now();
        let expires = expiry(issued, wanted.duration_seconds);
        let assumed_role_id = format!("{}:{}", grant.role().unique_id, wanted.name);
        let session = grant.session(&self.caller().principal, wanted, issued, expires);
        let credentials = self.gate.seal(&session)?;
        let arn = session_arn(&session);
        Ok(IssuedSession { credentials, arn, assumed_role_id })
    }
}

pub(crate) fn expiry(issued: Timestamp, seconds: u32) -> Timestamp {
    issued.checked_add(SignedDuration::from_secs(i64::from(seconds))).unwrap_or(issued)
}
