//! Who can ask: a closed set. There is no "system": background work runs as the service it is of.

use std::{collections::BTreeMap, net::IpAddr};

use session::{Session, SessionPrincipal};
use types::{AccessKeyId, AccountId, Arn, Region, RequestId, Timestamp, UniqueId};

/// Somebody who asks for something.
#[derive(Debug, Clone)]
pub enum Principal {
    /// The root user of an account.
    Root(AccountId),
    /// An IAM user, by a long-term access key.
    User(Box<User>),
    /// A role, a federated user or a user, for the time of one session.
    Session(Box<Session>),
    /// Whoever a checked token of an identity provider speaks of.
    WebIdentity(Box<WebIdentity>),
    /// An AWS service that acts for one of its resources.
    Service(ServicePrincipal),
    /// Nobody in particular.
    Anonymous,
}

/// An IAM user.
#[derive(Debug, Clone)]
pub struct User {
    /// The account.
    pub account: AccountId,
    /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
    pub arn: Arn,
    /// The name: `aws:username`.
    pub name: String,
    /// `AIDA…`
    pub unique_id: UniqueId,
}

/// What a checked web identity token says.
///
/// Source: IAM User Guide, *IAM and AWS STS condition context keys*, *web identity federation*.
#[derive(Debug, Clone)]
pub struct WebIdentity {
    /// The provider as policies name it: `cognito-identity.amazonaws.com`.
    pub provider: &'static str,
    /// The identity.
    pub sub: String,
    /// The identity pool.
    pub aud: String,
    /// How it was authenticated, as `cognito-identity.amazonaws.com:amr` has it.
    pub amr: Vec<String>,
    /// The tags that the token brings for the session it is traded for.
    pub tags: BTreeMap<String, String>,
}

/// A service, and the resource it acts for. Its policies see both as `aws:SourceArn` and
/// `aws:SourceAccount`; neither is ever taken from a request.
#[derive(Debug, Clone)]
pub struct ServicePrincipal {
    /// The service's name, such as `cognito-identity.amazonaws.com`.
    pub name: &'static str,
    /// The resource it acts for.
    pub source_arn: Arn,
    /// The account of that resource.
    pub source_account: AccountId,
}

impl Principal {
    /// The account the principal belongs to, if it belongs to one.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Root(account) => Some(*account),
            Self::User(user) => Some(user.account),
            Self::Session(session) => Some(session.account),
            Self::Service(service) => Some(service.source_account),
            Self::WebIdentity(_) | Self::Anonymous => None,
        }
    }

    /// Whether this is the root user, by its own key or in a session of its own.
    #[must_use]
    pub fn is_root(&self) -> bool {
        match self {
            Self::Root(_) => true,
            Self::Session(session) => matches!(session.principal, SessionPrincipal::RootSession),
            _ => false,
        }
    }

    /// The ARN as STS and refusals spell it; `anonymous` and the like for those that have none.
    #[must_use]
    pub fn display_arn(&self) -> String {
        match self {
            Self::Root(account) => root_arn(account).to_string(),
            Self::User(user) => user.arn.to_string(),
            Self::Session(session) => session_arn(session).to_string(),
            Self::WebIdentity(identity) => format!("{}:{}", identity.provider, identity.sub),
            Self::Service(service) => service.name.to_owned(),
            Self::Anonymous => "anonymous".to_owned(),
        }
    }

    /// What only this principal's requests have in common, so that a multipart upload can be known as its
    /// own; in a session for a person whom a provider vouched for, that person's. `None` for those who
    /// cannot be told from others.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        if self.is_root() {
            return self.account().map(|account| account.to_string());
        }
        let federation = match self {
            Self::Session(session) => session.federation.as_ref(),
            Self::User(_) => None,
            _ => return None,
        };
        let person = federation.map(|federation| {
            (
                federation.provider.as_str(),
                federation.claims.get("aud"),
                federation.claims.get("sub"),
            )
        });
        // Written as Rust writes texts in quotes, no two are alike.
        Some(format!("{:?} {person:?}", self.user_id()?))
    }

    /// `aws:userid`: the account for root, `AROA…:SESSION` for a role, `AIDA…` for a user.
    #[must_use]
    pub fn user_id(&self) -> Option<String> {
        match self {
            Self::Root(account) => Some(account.to_string()),
            Self::User(user) => Some(user.unique_id.to_string()),
            Self::Session(session) => Some(match &session.principal {
                SessionPrincipal::AssumedRole { role_id, session_name, .. } => {
                    format!("{role_id}:{session_name}")
                }
                SessionPrincipal::FederatedUser { name, .. } => {
                    format!("{}:{name}", session.account)
                }
                SessionPrincipal::UserSession { user_id, .. } => user_id.to_string(),
                SessionPrincipal::RootSession => session.account.to_string(),
            }),
            Self::Anonymous => Some("anonymous".to_owned()),
            Self::WebIdentity(_) | Self::Service(_) => None,
        }
    }
}

fn root_arn(account: &AccountId) -> Arn {
    Arn::new("iam", None, Some(account), "root")
}

/// The ARN of who acts in a session, such as `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`: a
/// role's path is not part of it.
///
/// Source: IAM User Guide, *IAM identifiers*, *IAM ARNs*.
pub(crate) fn session_arn(session: &Session) -> Arn {
    let resource = match &session.principal {
        SessionPrincipal::AssumedRole { role, session_name, .. } => {
            let role = role.resource().rsplit('/').next().unwrap_or_default();
            format!("assumed-role/{role}/{session_name}")
        }
        SessionPrincipal::FederatedUser { name, .. } => format!("federated-user/{name}"),
        SessionPrincipal::UserSession { user, .. } => return user.clone(),
        SessionPrincipal::RootSession => return root_arn(&session.account),
    };
    Arn::new("sts", None, Some(&session.account), &resource)
}

/// The principal, and the circumstances under which it asks.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// With which access key, if the request is signed.
    pub access_key_id: Option<AccessKeyId>,
    /// In which region: the credential scope's, or the server's own for an unsigned request.
    pub region: Region,
    /// Under which request id the decision is kept.
    pub request_id: RequestId,
    /// From which address.
    pub source_ip: Option<IpAddr>,
    /// Whether over TLS.
    pub secure_transport: bool,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// The `Referer` header.
    pub referer: Option<String>,
    /// What the request declares of its body: the `x-amz-content-sha256` header, or for a presigned URL
    /// what is signed in its place.
    pub content_sha256: Option<String>,
    /// How the request was signed.
    pub signature: SignatureKind,
    /// When it was signed, as it says.
    pub signed_at: Option<Timestamp>,
    /// The services through which the request came, first the one the client called.
    pub called_via: Vec<&'static str>,
}

/// By which rules a request was signed (`s3:signatureversion`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureVersion {
    /// AWS Signature Version 2, at S3 only.
    Two,
    /// AWS Signature Version 4.
    Four,
}

/// How a request was signed (`s3:authType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureKind {
    /// Not at all.
    None,
    /// In the `Authorization` header.
    Header(SignatureVersion),
    /// In the query string.
    Query(SignatureVersion),
    /// In the fields of a form.
    Form(SignatureVersion),
}
