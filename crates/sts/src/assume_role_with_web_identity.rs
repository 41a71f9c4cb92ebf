use std::collections::BTreeMap;

use gate::{
    Access, Authorized, Caller, IssueError, Need, On, Operation, Principal, SessionRequest,
};
use iam::{Policy, PolicyError, PolicyKind};
use session::{SealError, SessionPolicy};
use types::{Arn, ArnError};
use wire::{
    Fault, Refusal, Service,
    sts::{
        AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse, AssumedRoleUser,
        Credentials, ErrorCode,
    },
};

/// How long a session lasts if the caller does not say.
const DURATION_SECONDS_DEFAULT: u32 = 3600;
/// The shortest session.
const DURATION_SECONDS_MIN: u32 = 900;

/// [`AssumeRoleWithWebIdentity`](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html)
///
/// The caller is whom the token speaks of, and what lets it take the role is the role's trust
/// policy alone.
pub(crate) struct AssumeRoleWithWebIdentity;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AssumeRoleError {
    #[error("{0} is invalid")]
    RoleArn(#[from] ArnError),
    #[error(
        "The specified value for roleSessionName is invalid. It must contain only alphanumeric \
         characters and/or the following: +=,.@_-"
    )]
    SessionName,
    #[error("{member} is not served; leave it out")]
    NotServed { member: &'static str },
    #[error("DurationSeconds must be at least {DURATION_SECONDS_MIN}, it is {0}")]
    TooShort(i32),
    #[error(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role. \
         ({requested} > {longest})"
    )]
    TooLong { requested: u32, longest: u32 },
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl From<AssumeRoleError> for Fault {
    fn from(error: AssumeRoleError) -> Self {
        let message = error.to_string();
        match error {
            AssumeRoleError::RoleArn(_)
            | AssumeRoleError::SessionName
            | AssumeRoleError::NotServed { .. }
            | AssumeRoleError::TooShort(_)
            | AssumeRoleError::TooLong { .. } => Refusal::InvalidValue.fault(Service::Sts, message),
            AssumeRoleError::Policy(_) => Self::new(ErrorCode::MalformedPolicyDocument, message),
            AssumeRoleError::Issue(IssueError::Seal(SealError::PackedPolicyTooLarge {
                ..
            })) => Self::new(ErrorCode::PackedPolicyTooLarge, message),
            AssumeRoleError::Issue(_) => Refusal::Internal.fault(Service::Sts, message),
        }
    }
}

impl Operation for AssumeRoleWithWebIdentity {
    type Wire = wire::sts::AssumeRoleWithWebIdentity;
    type Error = AssumeRoleError;

    const ACCESS: Access = Access::Token;

    fn web_identity_token<'a>(
        &self,
        input: &'a AssumeRoleWithWebIdentityRequest,
    ) -> Option<&'a str> {
        Some(input.web_identity_token.expose())
    }

    fn needs(
        &self,
        caller: &Caller,
        input: &AssumeRoleWithWebIdentityRequest,
    ) -> Result<Vec<Need>, AssumeRoleError> {
        check(input)?;
        let role: Arn = input.role_arn.parse()?;
        let mut actions = vec!["sts:AssumeRoleWithWebIdentity"];
        let none = BTreeMap::new();
        let tags = match &caller.principal {
            Principal::WebIdentity(identity) => &identity.tags,
            _ => &none,
        };
        // IAM User Guide, *Pass session tags in AWS STS*: the trust policy must allow both.
        if !tags.is_empty() {
            actions.push("sts:TagSession");
        }
        let need = |action| {
            let need = Need::new(action, On::Trust(role.clone())).with_request_tags(tags);
            need.with("sts:rolesessionname", input.role_session_name.clone())
        };
        Ok(actions.into_iter().map(need).collect())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<AssumeRoleWithWebIdentityResponse, AssumeRoleError> {
        let grant = request.role_grant().ok_or(IssueError::NoGrant)?;
        let longest = grant.role().max_session_duration_seconds;
        let issued = request.issue_session(SessionRequest {
            name: request.input.role_session_name.clone(),
            duration_seconds: duration(request.input.duration_seconds, longest)?,
            policies: request.input.policy.iter().cloned().map(SessionPolicy::Document).collect(),
            ..SessionRequest::default()
        });
        let issued = issued.await?;
        let (subject, audience, provider) = match &request.caller().principal {
            Principal::WebIdentity(identity) => (
                Some(identity.sub.clone()),
                Some(identity.aud.clone()),
                Some(identity.provider.to_owned()),
            ),
            _ => (None, None, None),
        };
        Ok(AssumeRoleWithWebIdentityResponse {
            assumed_role_user: Some(AssumedRoleUser {
                arn: issued.arn.to_string(),
                assumed_role_id: issued.user_id,
            }),
            audience,
            credentials: Some(Credentials {
                access_key_id: issued.credentials.access_key_id.to_string(),
                expiration: issued.credentials.expiration,
                secret_access_key: issued.credentials.secret_access_key,
                session_token: issued.credentials.session_token.into(),
            }),
            provider,
            subject_from_web_identity_token: subject,
            ..AssumeRoleWithWebIdentityResponse::default()
        })
    }
}

/// What can be said before the role is known.
fn check(input: &AssumeRoleWithWebIdentityRequest) -> Result<(), AssumeRoleError> {
    // Only for OAuth 2.0 access tokens, which are not served. A session policy that is left out
    // would be a session that may more than its caller said.
    let unserved = [
        ("ProviderId", input.provider_id.is_some()),
        ("PolicyArns", input.policy_arns.as_ref().is_some_and(|arns| !arns.is_empty())),
        ("MinimumSessionTokenSize", input.minimum_session_token_size.is_some_and(|size| size > 0)),
    ];
    if let Some((member, _)) = unserved.into_iter().find(|(_, given)| *given) {
        return Err(AssumeRoleError::NotServed { member });
    }
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    let name = &input.role_session_name;
    if !(2..=64).contains(&name.len()) || !name.bytes().all(legal) {
        return Err(AssumeRoleError::SessionName);
    }
    if let Some(policy) = &input.policy {
        Policy::parse(policy, PolicyKind::Session)?;
    }
    Ok(())
}

/// How long the session lasts, in seconds, for a role whose sessions last at most `longest`.
fn duration(requested: Option<i32>, longest: u32) -> Result<u32, AssumeRoleError> {
    let Some(requested) = requested else { return Ok(DURATION_SECONDS_DEFAULT.min(longest)) };
    let too_short = AssumeRoleError::TooShort(requested);
    let requested =
        u32::try_from(requested).ok().filter(|seconds| *seconds >= DURATION_SECONDS_MIN);
    let requested = requested.ok_or(too_short)?;
    if requested > longest {
        return Err(AssumeRoleError::TooLong { requested, longest });
    }
    Ok(requested)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> AssumeRoleWithWebIdentityRequest {
        AssumeRoleWithWebIdentityRequest {
            role_arn: "arn:aws:iam::123456789012:role/admin".to_owned(),
            role_session_name: "CognitoIdentityCredentials".to_owned(),
            web_identity_token: "e30.e30.e30".into(),
            ..AssumeRoleWithWebIdentityRequest::default()
        }
    }

    fn code(refused: AssumeRoleError) -> &'static str {
        Fault::from(refused).code()
    }

    #[test]
    fn a_session_name_has_two_to_sixty_four_legal_characters() {
        let check = |name: &str| {
            let role_session_name = name.to_owned();
            check(&AssumeRoleWithWebIdentityRequest { role_session_name, ..input() })
        };
        let longest = "n".repeat(64);
        for name in ["CognitoIdentityCredentials", "a1", "x_+=,.@-", &longest] {
            assert!(check(name).is_ok(), "{name}");
        }
        let too_long = "n".repeat(65);
        for name in ["", "a", "a b", "a/b", "a:b", "*?", "naïve", "a\nb", &too_long] {
            assert_eq!(code(check(name).unwrap_err()), "ValidationError", "{name}");
        }
    }

    #[test]
    fn a_duration_is_from_fifteen_minutes_to_the_roles_longest() {
        assert_eq!(duration(None, 43_200).unwrap(), 3600);
        assert_eq!(duration(Some(900), 3600).unwrap(), 900);
        assert_eq!(duration(Some(3600), 3600).unwrap(), 3600);
        assert_eq!(duration(Some(43_200), 43_200).unwrap(), 43_200);
        for (requested, longest) in
            [(3601, 3600), (43_200, 3600), (899, 3600), (0, 3600), (-1, 3600)]
        {
            let refused = duration(Some(requested), longest).unwrap_err();
            assert_eq!(code(refused), "ValidationError", "{requested}");
        }
    }

    #[test]
    fn a_session_policy_must_be_one() {
        let check = |policy: &str| {
            check(&AssumeRoleWithWebIdentityRequest { policy: Some(policy.to_owned()), ..input() })
        };
        let good = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        assert!(check(good).is_ok());
        let principal = good.replace("\"Effect\"", "\"Principal\":\"*\",\"Effect\"");
        for policy in ["", "{}", "allow", &principal] {
            assert_eq!(code(check(policy).unwrap_err()), "MalformedPolicyDocument", "{policy}");
        }
    }

    #[test]
    fn what_is_not_served_is_refused_rather_than_ignored() {
        assert!(check(&input()).is_ok());
        let arns = Some(vec![wire::sts::PolicyDescriptorType { arn: None }]);
        for (member, changed) in [
            (
                "ProviderId",
                AssumeRoleWithWebIdentityRequest {
                    provider_id: Some("graph.facebook.com".to_owned()),
                    ..input()
                },
            ),
            ("PolicyArns", AssumeRoleWithWebIdentityRequest { policy_arns: arns, ..input() }),
            (
                "MinimumSessionTokenSize",
                AssumeRoleWithWebIdentityRequest {
                    minimum_session_token_size: Some(4096),
                    ..input()
                },
            ),
        ] {
            let refused: Fault = check(&changed).unwrap_err().into();
            assert_eq!(refused.code(), "ValidationError");
            assert!(refused.message().contains(member), "{refused}");
        }
        let nothing = AssumeRoleWithWebIdentityRequest {
            policy_arns: Some(Vec::new()),
            minimum_session_token_size: Some(0),
            ..input()
        };
        assert!(check(&nothing).is_ok());
    }
}
