use std::borrow::Cow;

use types::{AccountId, Arn};

use crate::{Context, Value};

/// Who asks, as the engine judges it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Principal {
    /// An account's root user.
    Root(AccountId),
    /// An IAM user, by ARN.
    User(Arn),
    /// A session of a role.
    AssumedRole {
        /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
        role: Arn,
        /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
        session: Arn,
    },
    /// A session from `GetFederationToken`.
    FederatedUser {
        /// The user who asked for it: `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
        user: Arn,
        /// `arn:aws:sts::ACCOUNT:federated-user/NAME`, by whatever name the user gave.
        session: Arn,
    },
    /// An AWS service, such as `lambda.amazonaws.com`.
    Service(String),
    /// Somebody whom an identity provider vouches for and who has no role yet: the provider's name
    /// or ARN, as trust policies write it.
    Federated(String),
    /// A request without a signature.
    Anonymous,
}

impl Principal {
    /// The account that the principal belongs to; services, federated identities before they have
    /// a role, and the anonymous belong to none.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Root(account) => Some(*account),
            Self::User(arn)
            | Self::AssumedRole { session: arn, .. }
            | Self::FederatedUser { session: arn, .. } => arn.account_id(),
            Self::Service(_) | Self::Federated(_) | Self::Anonymous => None,
        }
    }

    /// How messages name the principal: its ARN, a service's or provider's name, or `anonymous`.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Root(account) => format!("arn:aws:iam::{account}:root").into(),
            Self::User(arn)
            | Self::AssumedRole { session: arn, .. }
            | Self::FederatedUser { session: arn, .. } => arn.as_str().into(),
            Self::Service(name) | Self::Federated(name) => name.into(),
            Self::Anonymous => "anonymous".into(),
        }
    }

    /// A principal from its ARN: root, user, role session, federated user, or a role, which stands
    /// for a session without a name of its own. `None` for any other ARN.
    ///
    /// A session's ARN does not have the path of its role; `role_arn` gives the role where the path
    /// matters. A federated user's does not tell the user who asked for the session: that is taken to
    /// be the one of the same name, as in AWS's examples.
    #[must_use]
    pub fn from_arn(arn: &Arn, role_arn: Option<&Arn>) -> Option<Self> {
        let account = arn.account_id()?;
        let of_iam =
            |resource: String| format!("arn:{}:iam::{account}:{resource}", arn.partition()).parse();
        let (kind, name) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
        match (arn.service(), kind) {
            ("iam", "root") if name.is_empty() => Some(Self::Root(account)),
            _ if name.is_empty() => None,
            ("iam", "user") => Some(Self::User(arn.clone())),
            ("iam", "role") => Some(Self::AssumedRole { role: arn.clone(), session: arn.clone() }),
            ("sts", "federated-user") => Some(Self::FederatedUser {
                user: of_iam(format!("user/{name}")).ok()?,
                session: arn.clone(),
            }),
            ("sts", "assumed-role") => {
                let (role_name, session) = name.split_once('/')?;
                if role_name.is_empty() || session.is_empty() {
                    return None;
                }
                let role = match role_arn {
                    Some(role) => role.clone(),
                    None => of_iam(format!("role/{role_name}")).ok()?,
                };
                Some(Self::AssumedRole { role, session: arn.clone() })
            }
            _ => None,
        }
    }
}

/// A context that adds what follows from the principal: `aws:PrincipalArn`,
/// `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:username` of a user and `aws:userid` of root
/// and the anonymous. What the inner context says wins.
///
/// Source: IAM User Guide, *AWS global condition context keys*.
pub struct PrincipalContext<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// The other keys of the request.
    pub inner: &'a dyn Context,
}

impl Context for PrincipalContext<'_> {
    fn get(&self, key: &str) -> Option<Value<'_>> {
        self.inner.get(key).or_else(|| {
            let value = match key {
                "aws:principalarn" => match self.principal {
                    Principal::AssumedRole { role, .. } => role.as_str().into(),
                    Principal::Service(_) | Principal::Federated(_) | Principal::Anonymous => {
                        return None;
                    }
                    other => other.name(),
                },
                "aws:principalaccount" => self.principal.account()?.to_string().into(),
                "aws:principaltype" => match self.principal {
                    Principal::Root(_) => "Account".into(),
                    Principal::User(_) => "User".into(),
                    Principal::AssumedRole { .. } => "AssumedRole".into(),
                    Principal::FederatedUser { .. } => "FederatedUser".into(),
                    Principal::Anonymous => "Anonymous".into(),
                    Principal::Service(_) | Principal::Federated(_) => return None,
                },
                "aws:username" => match self.principal {
                    Principal::User(arn) => arn.resource().rsplit('/').next()?.into(),
                    _ => return None,
                },
                "aws:userid" => match self.principal {
                    Principal::Root(account) => account.to_string().into(),
                    Principal::Anonymous => "anonymous".into(),
                    _ => return None,
                },
                _ => return None,
            };
            Some(Value::One(value))
        })
    }
}

/// One entry of a `Principal` or `NotPrincipal` element.
///
/// Source: IAM User Guide, *AWS JSON policy elements: Principal*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalName {
    /// `*`: everyone, the anonymous too.
    Everyone,
    /// An account, by its number or its root's ARN: whoever the account lets.
    Account(AccountId),
    /// A user, a role, a role session or a federated user, by ARN.
    Arn(Arn),
    /// A service.
    Service(String),
    /// An identity provider.
    Federated(String),
    /// A name that no principal here has: a canonical user id, `CloudFront`'s origin access identity,
    /// or the unique id that AWS leaves where a deleted user or role was named.
    Other(String),
}

/// How closely an entry names a principal. The order is that of the closeness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// Its account, which passes the decision on to its identity policies.
    Account,
    /// The role or user whose session it is: boundary and session policy still limit it.
    Owner,
    /// The principal itself, or everyone.
    Directly,
}

impl PrincipalName {
    pub(crate) fn names(&self, principal: &Principal) -> Option<Named> {
        match (self, principal) {
            (Self::Everyone, _) => Some(Named::Directly),
            (Self::Account(account), Principal::Root(root)) if account == root => {
                Some(Named::Directly)
            }
            (Self::Account(account), _) if principal.account() == Some(*account) => {
                Some(Named::Account)
            }
            (
                Self::Arn(arn),
                Principal::AssumedRole { role: owner, .. }
                | Principal::FederatedUser { user: owner, .. },
            ) if arn == owner => Some(Named::Owner),
            (
                Self::Arn(arn),
                Principal::User(own)
                | Principal::AssumedRole { session: own, .. }
                | Principal::FederatedUser { session: own, .. },
            ) if arn == own => Some(Named::Directly),
            (Self::Service(name), Principal::Service(own))
            | (Self::Federated(name), Principal::Federated(own))
                if name == own =>
            {
                Some(Named::Directly)
            }
            _ => None,
        }
    }
}

/// How closely the entries name a principal, at best.
pub(crate) fn named<'a>(
    names: impl Iterator<Item = &'a PrincipalName>,
    principal: &Principal,
) -> Option<Named> {
    names.filter_map(|name| name.names(principal)).max()
}

/// Whether a `Deny` with this `NotPrincipal` spares the principal: every name it goes by must be
/// listed, the account's and the role's too.
///
/// Source: IAM User Guide, *AWS JSON policy elements: `NotPrincipal`*.
pub(crate) fn spares<'a>(
    names: impl Iterator<Item = &'a PrincipalName>,
    principal: &Principal,
) -> bool {
    let (mut account, mut owner, mut directly) = (false, false, false);
    for name in names {
        match name.names(principal) {
            Some(_) if *name == PrincipalName::Everyone => return true,
            Some(Named::Account) => account = true,
            Some(Named::Owner) => owner = true,
            Some(Named::Directly) => directly = true,
            None => {}
        }
    }
    match principal {
        Principal::AssumedRole { role, session } if role == session => account && owner,
        Principal::AssumedRole { .. } => account && owner && directly,
        Principal::User(_) | Principal::FederatedUser { .. } => account && directly,
        _ => directly,
    }
}
