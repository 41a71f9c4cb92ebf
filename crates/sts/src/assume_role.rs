use std::collections::{BTreeMap, BTreeSet};

use gate::{
    Access, Authorized, Caller, IssueError, Need, On, Operation, Principal, SessionRequest,
};
use session::{Session, SessionPrincipal};
use types::Arn;
use wire::sts::{AssumeRoleRequest, AssumeRoleResponse, AssumedRoleUser};

use crate::{
    error::{SessionError, parse_arn},
    role_duration::{self, CHAINED_SECONDS_MAX},
    session_request::{
        check_name, credentials, packed_policy_size, policies, tags, transitive_keys,
    },
};

/// [`AssumeRole`](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)
///
/// The role's trust policy must let the caller take it; where it only trusts the caller's account, and
/// across accounts, the caller's own policies must too. Along a chain of roles transitive tags and the
/// source identity stay, and a session lasts an hour at most.
pub(crate) struct AssumeRole;

/// What a request asks for, read.
struct Asked {
    role: Arn,
    tags: BTreeMap<String, String>,
    transitive: BTreeSet<String>,
    /// What a chain of roles brings along.
    inherited: BTreeMap<String, String>,
    source_identity: Option<String>,
}

impl Operation for AssumeRole {
    type Wire = wire::sts::AssumeRole;
    type Error = SessionError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, caller: &Caller, input: &AssumeRoleRequest) -> Result<Vec<Need>, SessionError> {
        let asked = Asked::of(caller, input)?;
        policies(input.policy.as_deref(), input.policy_arns.as_deref())?;
        let all_tags = || asked.tags.iter().chain(&asked.inherited);
        let need = |action| {
            let mut need = Need::new(action, On::Trust(asked.role.clone()))
                .with("sts:rolesessionname", input.role_session_name.clone())
                .with_request_tags(all_tags());
            if let Some(external_id) = &input.external_id {
                need = need.with("sts:externalid", external_id.clone());
            }
            if let Some(source_identity) = &asked.source_identity {
                need = need.with("sts:sourceidentity", source_identity.clone());
            }
            if let Some(seconds) = input.duration_seconds {
                need = need.with("sts:durationseconds", seconds.to_string());
            }
            let transitive: Vec<String> =
                asked.transitive.iter().chain(asked.inherited.keys()).cloned().collect();
            if transitive.is_empty() {
                need
            } else {
                need.with_list("sts:transitivetagkeys", transitive)
            }
        };
        let mut needs = vec![need("sts:AssumeRole")];
        if all_tags().next().is_some() {
            needs.push(need("sts:TagSession"));
        }
        if asked.source_identity.is_some() {
            needs.push(need("sts:SetSourceIdentity"));
        }
        Ok(needs)
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AssumeRoleResponse, SessionError> {
        let input = &request.input;
        let asked = Asked::of(request.caller(), input)?;
        let grant = request.role_grant().ok_or(IssueError::NoGrant)?;
        let longest = grant.role().max_session_duration_seconds;
        let mut seconds = role_duration::of(input.duration_seconds, longest)?;
        if session_of_role(request.caller()).is_some() && seconds > CHAINED_SECONDS_MAX {
            if input.duration_seconds.is_some() {
                return Err(SessionError::TooLongInChain);
            }
            seconds = CHAINED_SECONDS_MAX;
        }
        let wanted = SessionRequest {
            name: input.role_session_name.clone(),
            duration_seconds: seconds,
            policies: policies(input.policy.as_deref(), input.policy_arns.as_deref())?,
            tags: asked.tags,
            transitive_tag_keys: asked.transitive,
            source_identity: asked.source_identity,
        };
        let issued = request.issue_session(wanted).await?;
        Ok(AssumeRoleResponse {
            packed_policy_size: packed_policy_size(&issued),
            assumed_role_user: Some(AssumedRoleUser {
                arn: issued.arn.to_string(),
                assumed_role_id: issued.user_id,
            }),
            credentials: Some(credentials(issued.credentials)),
            source_identity: issued.source_identity,
            ..AssumeRoleResponse::default()
        })
    }
}

impl Asked {
    fn of(caller: &Caller, input: &AssumeRoleRequest) -> Result<Self, SessionError> {
        // Source: STS API Reference, `AssumeRole`; the message is seen.
        if caller.principal.is_root() {
            return Err(SessionError::Root);
        }
        check_served(input)?;
        check_name("roleSessionName", &input.role_session_name, 2..=64)?;
        if let Some(external_id) = &input.external_id {
            check_external_id(external_id)?;
        }
        let tags = tags(input.tags.as_deref())?;
        let transitive = transitive_keys(input.transitive_tag_keys.as_deref(), &tags)?;
        let session = match &caller.principal {
            Principal::Session(session) => Some(&**session),
            _ => None,
        };
        let inherited = session.map(Session::transitive_tags).unwrap_or_default();
        if inherited.keys().any(|key| tags.keys().any(|own| own.eq_ignore_ascii_case(key))) {
            return Err(SessionError::Tags(
                "One of the specified transitive tag keys can't be set because it conflicts with a \
                 transitive tag key from the calling session.",
            ));
        }
        let before = session.and_then(|session| session.source_identity.clone());
        Ok(Self {
            role: parse_arn(&input.role_arn)?,
            tags,
            transitive,
            inherited,
            source_identity: source_identity(before, input.source_identity.as_deref())?,
        })
    }
}

/// Who is behind the session: once said, it stays.
///
/// Source: IAM User Guide, *Monitor and control actions taken with assumed roles*, *Things to know
/// about setting source identity*.
fn source_identity(
    before: Option<String>,
    given: Option<&str>,
) -> Result<Option<String>, SessionError> {
    let Some(given) = given else { return Ok(before) };
    let member = "sourceIdentity";
    check_name(member, given, 2..=64)?;
    match before {
        Some(before) if before != given => Err(SessionError::SourceIdentityChanged),
        _ => Ok(Some(given.to_owned())),
    }
}

/// What would change the session and is not served is refused.
fn check_served(input: &AssumeRoleRequest) -> Result<(), SessionError> {
    let unserved = [
        ("SerialNumber", input.serial_number.is_some()),
        ("TokenCode", input.token_code.is_some()),
        ("ProvidedContexts", input.provided_contexts.as_ref().is_some_and(|all| !all.is_empty())),
        ("MinimumSessionTokenSize", input.minimum_session_token_size.is_some_and(|size| size > 0)),
    ];
    match unserved.into_iter().find(|(_, given)| *given) {
        Some((member, _)) => Err(SessionError::NotServed { member }),
        None => Ok(()),
    }
}

fn check_external_id(text: &str) -> Result<(), SessionError> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b);
    if (2..=1224).contains(&text.len()) && text.bytes().all(legal) {
        return Ok(());
    }
    Err(SessionError::Name { member: "externalId", also: "+=,.@:/_-" })
}

/// The session of a role that the caller acts in, if it does.
fn session_of_role(caller: &Caller) -> Option<&Session> {
    match &caller.principal {
        Principal::Session(session)
            if matches!(session.principal, SessionPrincipal::AssumedRole { .. }) =>
        {
            Some(session)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn who_is_behind_a_session_is_said_once() {
        let said = |before: Option<&str>, given| source_identity(before.map(str::to_owned), given);
        assert_eq!(said(None, None).unwrap(), None);
        assert_eq!(said(None, Some("alice")).unwrap().as_deref(), Some("alice"));
        assert_eq!(said(Some("alice"), None).unwrap().as_deref(), Some("alice"));
        assert_eq!(said(Some("alice"), Some("alice")).unwrap().as_deref(), Some("alice"));
        let refused: Fault = said(Some("alice"), Some("bob")).unwrap_err().into();
        assert_eq!(refused.code(), "AccessDenied");
        for wrong in ["a", "aws:alice", "a b", ""] {
            let refused: Fault = said(None, Some(wrong)).unwrap_err().into();
            assert_eq!(refused.code(), "ValidationError", "{wrong}");
        }
    }

    #[test]
    fn an_external_id_may_be_a_path_or_an_arn() {
        for good in ["12", "arn:aws:iam::1:role/x", "a+=,.@:/_-"] {
            assert!(check_external_id(good).is_ok(), "{good}");
        }
        for wrong in ["1", "a b", "a*", &"x".repeat(1225)] {
            assert!(check_external_id(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_second_factor_is_refused_by_name() {
        let input = |member: &str| AssumeRoleRequest {
            serial_number: (member == "SerialNumber").then(|| "GAHT12345678".to_owned()),
            token_code: (member == "TokenCode").then(|| "123456".to_owned()),
            minimum_session_token_size: (member == "MinimumSessionTokenSize").then_some(2048),
            ..AssumeRoleRequest::default()
        };
        assert!(check_served(&input("")).is_ok());
        for member in ["SerialNumber", "TokenCode", "MinimumSessionTokenSize"] {
            let refused: Fault = check_served(&input(member)).unwrap_err().into();
            assert_eq!(refused.code(), "ValidationError");
            assert!(refused.message().contains(member), "{refused}");
        }
    }
}
