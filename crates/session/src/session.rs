use std::collections::{BTreeMap, BTreeSet};

use types::{AccountId, Arn, Timestamp, UniqueId};

use crate::codec;

/// Everything a session is worth, as it travels in its session token.
///
/// Times are whole seconds, as in every AWS answer; a fraction is cut off when the session is
/// sealed, so that a session is never younger nor longer than was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The account the session acts in.
    pub account: AccountId,
    /// Who acts.
    pub principal: SessionPrincipal,
    /// `sts:SourceIdentity`, kept along a chain of roles.
    pub source_identity: Option<String>,
    /// The identity provider that vouched for the person, if one did.
    pub federation: Option<Federation>,
    /// Session tags: `aws:PrincipalTag/KEY`.
    pub tags: BTreeMap<String, String>,
    /// Keys of the tags that go along when this session assumes another role.
    pub transitive_tag_keys: BTreeSet<String>,
    /// Session policies: of what its principal may, the session may do what one of them allows too.
    pub policies: Vec<SessionPolicy>,
    /// When the person proved a second factor; `None` if that did not happen.
    pub mfa_authenticated_at: Option<Timestamp>,
    /// When the session began: `aws:TokenIssueTime`.
    pub issued: Timestamp,
    /// The first moment at which the session is no longer accepted.
    pub expires: Timestamp,
}

impl Session {
    /// The session in the layout of a session token, for whoever seals it with something of its own.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// The session whose bytes these are; `None` if they are not exactly one session's.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        codec::decode(bytes)
    }

    /// The tags that go along when this session takes another role.
    #[must_use]
    pub fn transitive_tags(&self) -> BTreeMap<String, String> {
        let transitive = |key: &String| self.transitive_tag_keys.contains(key);
        let tags = self.tags.iter().filter(|(key, _)| transitive(key));
        tags.map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

/// Who acts in a session, with the unique id of the entity whose permissions it uses.
///
/// The unique id is what makes a session end with its role or user: one made anew under the same
/// name has another. Source: IAM User Guide, *IAM identifiers*, *Unique identifiers*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionPrincipal {
    /// A role, by any of the `AssumeRole…` operations or through an identity pool.
    AssumedRole {
        /// ARN of the role itself (`arn:aws:iam::…:role/…`), not of the session.
        role: Arn,
        /// `AROA…`
        role_id: UniqueId,
        /// The `RoleSessionName`.
        session_name: String,
    },
    /// A federated user, by `GetFederationToken`.
    FederatedUser {
        /// ARN of the IAM user who asked for the session.
        issuer: Arn,
        /// `AIDA…` of that user.
        issuer_id: UniqueId,
        /// The name given to the federated user.
        name: String,
    },
    /// An IAM user's own session, by `GetSessionToken`.
    UserSession {
        /// ARN of the user.
        user: Arn,
        /// `AIDA…`
        user_id: UniqueId,
    },
    /// The root user's own session, by `GetSessionToken`.
    RootSession,
}

/// A policy that limits a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionPolicy {
    /// A document, the text as passed.
    Document(String),
    /// A managed policy, which counts as it is when the session is used.
    Managed(Arn),
}

impl SessionPolicy {
    /// The document, or the ARN.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Document(text) => text,
            Self::Managed(arn) => arn.as_str(),
        }
    }

    /// The policy with this [`SessionPolicy::text`]: no policy document is an ARN.
    pub(crate) fn of_text(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Document(text.to_owned()), Self::Managed)
    }
}

/// What an identity provider said about the person, as condition keys `PROVIDER:CLAIM`.
///
/// Source: IAM User Guide, *IAM and AWS STS condition context keys*, *Available keys for AWS
/// OIDC federation*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Federation {
    /// `aws:FederatedProvider`, such as `cognito-identity.amazonaws.com`.
    pub provider: String,
    /// Claims by their name: `sub`, `aud`, `amr`.
    pub claims: BTreeMap<String, ClaimValue>,
}

/// One claim: a text, or a list of texts (a multivalued condition key such as `amr`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimValue {
    /// A single-valued key.
    Text(String),
    /// A multivalued key, in the provider's order.
    List(Vec<String>),
}
