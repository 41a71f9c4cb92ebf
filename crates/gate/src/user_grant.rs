//! From a user or root, who proved to be that with a long-term key, to session credentials.

use std::collections::{BTreeMap, BTreeSet};

use session::{Session, SessionPolicy, SessionPrincipal};

use crate::{
    Authorized, IssueError, Principal, SessionRequest,
    role_grant::{IssuedSession, expiry},
};

impl<O: wire::Operation> Authorized<O> {
    /// Seals a session of the calling user or root itself.
    ///
    /// # Errors
    /// The caller is neither, or [`IssueError::Seal`].
    pub fn issue_own_session(&self, duration_seconds: u32) -> Result<IssuedSession, IssueError> {
        let principal = match &self.caller().principal {
            Principal::User(user) => SessionPrincipal::UserSession {
                user: user.arn.clone(),
                user_id: user.unique_id.clone(),
            },
            Principal::Root(_) => SessionPrincipal::RootSession,
            _ => return Err(IssueError::NoGrant),
        };
        let wanted = SessionRequest { duration_seconds, ..SessionRequest::default() };
        self.seal_for_caller(principal, wanted)
    }

    /// Seals a session of a federated user, who may do what the calling user may and the policies of
    /// the request allow too.
    ///
    /// # Errors
    /// The caller is no user, a managed policy is not there, or [`IssueError::Seal`].
    pub async fn issue_federated_session(
        &self,
        wanted: SessionRequest,
    ) -> Result<IssuedSession, IssueError> {
        let Principal::User(user) = &self.caller().principal else {
            return Err(IssueError::NoGrant);
        };
        self.check_managed(user.account, &wanted.policies).await?;
        let principal = SessionPrincipal::FederatedUser {
            issuer: user.arn.clone(),
            issuer_id: user.unique_id.clone(),
            name: wanted.name.clone(),
        };
        self.seal_for_caller(principal, wanted)
    }

    fn seal_for_caller(
        &self,
        principal: SessionPrincipal,
        wanted: SessionRequest,
    ) -> Result<IssuedSession, IssueError> {
        let account = self.caller().principal.account().ok_or(IssueError::NoGrant)?;
        let issued = self.gate.now();
        self.gate.issue(&Session {
            account,
            principal,
            source_identity: None,
            federation: None,
            tags: wanted.tags,
            transitive_tag_keys: BTreeSet::new(),
            policies: wanted.policies,
            mfa_authenticated_at: None,
            issued,
            expires: expiry(issued, wanted.duration_seconds),
        })
    }

    /// That the managed policies among these are AWS's or the account's own.
    pub(crate) async fn check_managed(
        &self,
        account: types::AccountId,
        policies: &[SessionPolicy],
    ) -> Result<(), IssueError> {
        for policy in policies {
            if let SessionPolicy::Managed(arn) = policy
                && self.gate.managed_document(account, arn).await?.is_none()
            {
                return Err(IssueError::NoSuchPolicy(arn.clone()));
            }
        }
        Ok(())
    }
}

/// Tags by their keys, which differ by more than case: `aws:PrincipalTag/KEY` is compared without.
pub(crate) fn over(
    mut own: BTreeMap<String, String>,
    inherited: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    own.retain(|key, _| !inherited.keys().any(|other| other.eq_ignore_ascii_case(key)));
    own.extend(inherited);
    own
}
