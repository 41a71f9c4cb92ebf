//! The condition keys of a request, computed when a policy asks for them.

use std::{borrow::Cow, collections::BTreeMap};

use iam::{Context, Value};
use objects::Tags;
use session::{ClaimValue, SessionPrincipal};
use types::{AccountId, SignedDuration, Timestamp};
use wire::Service;

use crate::{
    Caller, Need, Principal, SignatureKind, SignatureVersion, Target, principal::session_arn,
};

/// The circumstances of one decision.
///
/// What a request says of itself (`aws:SourceArn`, `aws:PrincipalTag/…`) is never looked at: these
/// come from the principal. Source: IAM User Guide, *AWS global condition context keys*, *IAM and
/// AWS STS condition context keys*; Service Authorization Reference, Amazon S3.
pub(crate) struct RequestContext<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) service: Service,
    /// What the request brings with it.
    pub(crate) need: &'a Need,
    /// The tags of the role or user that asks.
    pub(crate) entity_tags: &'a BTreeMap<String, String>,
    /// The tags of the object that is there.
    pub(crate) existing_tags: Option<&'a Tags>,
    pub(crate) resource_account: Option<AccountId>,
    /// The role, user or managed policy that is asked for.
    pub(crate) target: Option<&'a Target>,
    pub(crate) now: Timestamp,
}

#[expect(clippy::unnecessary_wraps, reason = "every caller answers an Option")]
fn one<'a>(value: impl Into<Cow<'a, str>>) -> Option<Value<'a>> {
    Some(Value::One(value.into()))
}

impl Context for RequestContext<'_> {
    fn get(&self, key: &str) -> Option<Value<'_>> {
        if let Some((_, value)) = self.need.keys.iter().find(|(name, _)| *name == key) {
            return one(&**value);
        }
        if let Some((_, values)) = self.need.lists.iter().find(|(name, _)| *name == key) {
            return many(values);
        }
        let (family, name) = key.split_once(':')?;
        match family {
            "aws" => self.global(name),
            "cognito-identity.amazonaws.com" => self.cognito(name),
            "s3" if self.service == Service::S3 => self.s3(name),
            "iam" => self.iam(name),
            "sts" => self.sts(name),
            _ => None,
        }
    }
}

impl RequestContext<'_> {
    fn global(&self, name: &str) -> Option<Value<'_>> {
        let caller = self.caller;
        match name {
            "currenttime" => one(self.now.to_string()),
            "epochtime" => one(self.now.as_second().to_string()),
            "securetransport" => one(truth(caller.secure_transport)),
            "sourceip" => caller.source_ip.and_then(|address| one(address.to_string())),
            "useragent" => caller.user_agent.as_deref().and_then(one),
            "referer" => caller.referer.as_deref().and_then(one),
            "requestedregion" => one(caller.region.as_str()),
            "resourceaccount" => self.resource_account.and_then(|account| one(account.to_string())),
            "viaawsservice" => one(truth(!caller.called_via.is_empty())),
            "calledviafirst" => caller.called_via.first().and_then(|service| one(*service)),
            "calledvialast" => caller.called_via.last().and_then(|service| one(*service)),
            "calledvia" if !caller.called_via.is_empty() => Some(Value::Many(
                caller.called_via.iter().map(|service| Cow::Borrowed(*service)).collect(),
            )),
            "tagkeys" if !(self.need.request_tags.is_empty() && self.need.tag_keys.is_empty()) => {
                let put = self.need.request_tags.iter().map(|(key, _)| key);
                let keys = put.chain(&self.need.tag_keys).map(|key| Cow::Borrowed(key.as_str()));
                Some(Value::Many(keys.collect()))
            }
            _ => match name.split_once('/') {
                Some(("requesttag", tag)) => {
                    let tags = self.need.request_tags.iter().map(|(key, value)| (key, value));
                    tag_of(tags, tag)
                }
                Some(("resourcetag", tag)) => tag_of(&self.target?.tags, tag),
                Some(("principaltag", tag)) => self.principal_tag(tag),
                _ => self.of_principal(name),
            },
        }
    }

    /// The tag of the session, else of its role or user.
    ///
    /// Source: IAM User Guide, *Pass session tags in AWS STS*, on a session tag of the key of a tag of
    /// the role.
    fn principal_tag(&self, tag: &str) -> Option<Value<'_>> {
        let session = match &self.caller.principal {
            Principal::Session(session) => tag_of(&session.tags, tag),
            _ => None,
        };
        session.or_else(|| tag_of(self.entity_tags, tag))
    }

    fn iam(&self, name: &str) -> Option<Value<'_>> {
        let target = self.target?;
        match name.split_once('/') {
            Some(("resourcetag", tag)) => tag_of(&target.tags, tag),
            _ if name == "permissionsboundary" && self.need.shows_boundary => {
                target.permissions_boundary.as_ref().and_then(|arn| one(arn.as_str()))
            }
            _ => None,
        }
    }

    fn of_principal(&self, name: &str) -> Option<Value<'_>> {
        let principal = &self.caller.principal;
        match (name, principal) {
            ("principalisawsservice", Principal::Service(_)) => one("true"),
            ("principalisawsservice", _) => one("false"),
            ("principalservicename", Principal::Service(service)) => one(service.name),
            ("sourcearn", Principal::Service(service)) => one(service.source_arn.as_str()),
            ("sourceaccount", Principal::Service(service)) => {
                one(service.source_account.to_string())
            }
            ("principalaccount", _) => {
                principal.account().and_then(|account| one(account.to_string()))
            }
            ("principalarn", Principal::Session(session)) => match &session.principal {
                SessionPrincipal::AssumedRole { role, .. } => one(role.as_str()),
                SessionPrincipal::UserSession { user, .. } => one(user.as_str()),
                SessionPrincipal::FederatedUser { .. } | SessionPrincipal::RootSession => {
                    one(session_arn(session).to_string())
                }
            },
            ("principalarn", Principal::Root(_) | Principal::User(_)) => {
                one(principal.display_arn())
            }
            ("principaltype", Principal::Root(_)) => one("Account"),
            ("principaltype", Principal::User(_)) => one("User"),
            ("username", Principal::User(user)) => one(user.name.as_str()),
            ("username", Principal::Session(session)) => match &session.principal {
                SessionPrincipal::UserSession { user, .. } => {
                    user.resource().rsplit('/').next().and_then(one)
                }
                _ => None,
            },
            ("principaltype", Principal::Session(session)) => one(match &session.principal {
                SessionPrincipal::AssumedRole { .. } => "AssumedRole",
                SessionPrincipal::FederatedUser { .. } => "FederatedUser",
                SessionPrincipal::UserSession { .. } => "User",
                SessionPrincipal::RootSession => "Account",
            }),
            ("principaltype", Principal::Anonymous) => one("Anonymous"),
            ("userid", _) => principal.user_id().and_then(one),
            ("tokenissuetime", Principal::Session(session)) => one(session.issued.to_string()),
            // There for all temporary credentials, so that a Deny of `false` applies to them.
            ("multifactorauthpresent", Principal::Session(session)) => {
                one(truth(session.mfa_authenticated_at.is_some()))
            }
            ("multifactorauthage", Principal::Session(session)) => {
                let age: SignedDuration = self.now.duration_since(session.mfa_authenticated_at?);
                one(age.as_secs().max(0).to_string())
            }
            ("federatedprovider", Principal::Session(session)) => {
                session.federation.as_ref().and_then(|federation| one(&*federation.provider))
            }
            ("federatedprovider", Principal::WebIdentity(identity)) => one(identity.provider),
            ("sourceidentity", Principal::Session(session)) => {
                session.source_identity.as_deref().and_then(one)
            }
            _ => None,
        }
    }

    /// The claims of a Cognito identity, while the role is taken and in the session afterwards.
    fn cognito(&self, name: &str) -> Option<Value<'_>> {
        const PROVIDER: &str = "cognito-identity.amazonaws.com";
        match &self.caller.principal {
            Principal::WebIdentity(identity) if identity.provider == PROVIDER => match name {
                "sub" => one(identity.sub.as_str()),
                "aud" => one(identity.aud.as_str()),
                "amr" => many(&identity.amr),
                _ => None,
            },
            Principal::Session(session) => {
                let federation = session.federation.as_ref().filter(|f| f.provider == PROVIDER)?;
                match federation.claims.get(name)? {
                    ClaimValue::Text(text) => one(text.as_str()),
                    ClaimValue::List(list) => many(list),
                }
            }
            _ => None,
        }
    }

    fn sts(&self, name: &str) -> Option<Value<'_>> {
        match (&self.caller.principal, name) {
            (Principal::Session(session), "rolesessionname") => match &session.principal {
                SessionPrincipal::AssumedRole { session_name, .. } => one(session_name.as_str()),
                _ => None,
            },
            _ => None,
        }
    }

    fn s3(&self, name: &str) -> Option<Value<'_>> {
        match name {
            "authtype" => match self.caller.signature {
                SignatureKind::None => None,
                SignatureKind::Header(_) => one("REST-HEADER"),
                SignatureKind::Query(_) => one("REST-QUERY-STRING"),
                SignatureKind::Form(_) => one("POST"),
            },
            "signatureversion" => match self.caller.signature {
                SignatureKind::None => None,
                SignatureKind::Header(version)
                | SignatureKind::Query(version)
                | SignatureKind::Form(version) => one(match version {
                    SignatureVersion::Two => "AWS",
                    SignatureVersion::Four => "AWS4-HMAC-SHA256",
                }),
            },
            "signatureage" => {
                let age: SignedDuration = self.now.duration_since(self.caller.signed_at?);
                one(age.as_millis().max(0).to_string())
            }
            "resourceaccount" => self.resource_account.and_then(|account| one(account.to_string())),
            "x-amz-content-sha256" => self.caller.content_sha256.as_deref().and_then(one),
            "requestobjecttagkeys" if !self.need.object_tags.is_empty() => Some(Value::Many(
                self.need.object_tags.iter().map(|(key, _)| Cow::Borrowed(key.as_str())).collect(),
            )),
            _ => self.tag_of_object(name),
        }
    }

    /// The value of a tag of an object, or of one that the request puts on it.
    fn tag_of_object(&self, name: &str) -> Option<Value<'_>> {
        if let Some(tag) = name.strip_prefix("requestobjecttag/") {
            let found = self.need.object_tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(tag));
            return found.and_then(|(_, value)| one(value.as_str()));
        }
        let tag = name.strip_prefix("existingobjecttag/")?;
        let found = self.existing_tags?.iter().find(|(key, _)| key.eq_ignore_ascii_case(tag));
        found.and_then(|(_, value)| one(value))
    }
}

/// The value of a tag. Tags in key names are compared without case.
fn tag_of<'a>(
    tags: impl IntoIterator<Item = (&'a String, &'a String)>,
    tag: &str,
) -> Option<Value<'a>> {
    let found = tags.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(tag));
    found.and_then(|(_, value)| one(value.as_str()))
}

#[expect(clippy::unnecessary_wraps, reason = "every caller answers an Option")]
fn many(values: &[String]) -> Option<Value<'_>> {
    Some(Value::Many(values.iter().map(|value| Cow::Borrowed(value.as_str())).collect()))
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Who asks, as the engine judges it.
pub(crate) fn engine_principal(principal: &Principal) -> iam::Principal {
    match principal {
        Principal::Root(account) => iam::Principal::Root(*account),
        Principal::User(user) => iam::Principal::User(user.arn.clone()),
        Principal::Session(session) => match &session.principal {
            SessionPrincipal::AssumedRole { role, .. } => {
                iam::Principal::AssumedRole { role: role.clone(), session: session_arn(session) }
            }
            SessionPrincipal::FederatedUser { issuer, .. } => iam::Principal::FederatedUser {
                user: issuer.clone(),
                session: session_arn(session),
            },
            SessionPrincipal::UserSession { user, .. } => iam::Principal::User(user.clone()),
            SessionPrincipal::RootSession => iam::Principal::Root(session.account),
        },
        Principal::WebIdentity(identity) => iam::Principal::Federated(identity.provider.to_owned()),
        Principal::Service(service) => iam::Principal::Service(service.name.to_owned()),
        Principal::Anonymous => iam::Principal::Anonymous,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use session::Session;
    use types::{RequestId, SeededEntropy};

    use super::*;
    use crate::On;

    fn caller(principal: Principal) -> Caller {
        Caller {
            principal,
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
        }
    }

    fn session(mfa_authenticated_at: Option<i64>) -> Principal {
        let at = |second| Timestamp::from_second(second).unwrap();
        Principal::Session(Box::new(Session {
            account: "123456789012".parse().unwrap(),
            principal: SessionPrincipal::AssumedRole {
                role: "arn:aws:iam::123456789012:role/admin".parse().unwrap(),
                role_id: "AROAAAAAAAAAAAAAAAAAA".parse().unwrap(),
                session_name: "session".to_owned(),
            },
            source_identity: None,
            federation: None,
            tags: BTreeMap::new(),
            transitive_tag_keys: BTreeSet::new(),
            policies: Vec::new(),
            mfa_authenticated_at: mfa_authenticated_at.map(at),
            issued: at(0),
            expires: at(3600),
        }))
    }

    fn value(principal: Principal, key: &str) -> Option<String> {
        let caller = caller(principal);
        let context = RequestContext {
            caller: &caller,
            service: Service::S3,
            need: &Need::new("s3:GetObject", On::Everything),
            entity_tags: &BTreeMap::new(),
            existing_tags: None,
            resource_account: None,
            target: None,
            now: Timestamp::from_second(100).unwrap(),
        };
        context.get(key).map(|value| match value {
            Value::One(text) => text.into_owned(),
            Value::Many(texts) => texts.join(","),
        })
    }

    /// Source: IAM User Guide, *AWS global condition context keys*, `aws:MultiFactorAuthPresent`.
    #[test]
    fn temporary_credentials_say_whether_there_was_a_second_factor() {
        let present = |principal| value(principal, "aws:multifactorauthpresent");
        let age = |principal| value(principal, "aws:multifactorauthage");
        assert_eq!(present(session(None)).as_deref(), Some("false"));
        assert_eq!(present(session(Some(40))).as_deref(), Some("true"));
        assert_eq!(age(session(Some(40))).as_deref(), Some("60"));
        assert_eq!(age(session(None)), None);
        let root = || Principal::Root("123456789012".parse().unwrap());
        for principal in [root(), Principal::Anonymous] {
            assert_eq!((present(principal.clone()), age(principal)), (None, None));
        }
    }
}
