use std::collections::BTreeMap;

use gate::{
    Access, Authorized, Caller, IssueError, Need, On, Operation, Principal, SessionRequest,
};
use types::Arn;
use wire::sts::{
    AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse, AssumedRoleUser,
};

use crate::{
    error::{SessionError, parse_arn},
    role_duration,
    session_request::{check_name, credentials, packed_policy_size, policies},
};

/// [`AssumeRoleWithWebIdentity`](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html)
///
/// The caller is whom the token speaks of, and what lets it take the role is the role's trust
/// policy alone.
pub(crate) struct AssumeRoleWithWebIdentity;

impl Operation for AssumeRoleWithWebIdentity {
    type Wire = wire::sts::AssumeRoleWithWebIdentity;
    type Error = SessionError;

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
    ) -> Result<Vec<Need>, SessionError> {
        check(input)?;
        let role: Arn = parse_arn(&input.role_arn)?;
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
    ) -> Result<AssumeRoleWithWebIdentityResponse, SessionError> {
        let grant = request.role_grant().ok_or(IssueError::NoGrant)?;
        let longest = grant.role().max_session_duration_seconds;
        let issued = request.issue_session(SessionRequest {
            name: request.input.role_session_name.clone(),
            duration_seconds: role_duration::of(request.input.duration_seconds, longest)?,
            policies: policies(
                request.input.policy.as_deref(),
                request.input.policy_arns.as_deref(),
            )?,
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
            packed_policy_size: packed_policy_size(&issued),
            assumed_role_user: Some(AssumedRoleUser {
                arn: issued.arn.to_string(),
                assumed_role_id: issued.user_id,
            }),
            audience,
            credentials: Some(credentials(issued.credentials)),
            provider,
            subject_from_web_identity_token: subject,
            ..AssumeRoleWithWebIdentityResponse::default()
        })
    }
}

/// What can be said before the role is known.
fn check(input: &AssumeRoleWithWebIdentityRequest) -> Result<(), SessionError> {
    // The first is only for OAuth 2.0 access tokens, which are not served.
    let unserved = [
        ("ProviderId", input.provider_id.is_some()),
        ("MinimumSessionTokenSize", input.minimum_session_token_size.is_some_and(|size| size > 0)),
    ];
    if let Some((member, _)) = unserved.into_iter().find(|(_, given)| *given) {
        return Err(SessionError::NotServed { member });
    }
    check_name("roleSessionName", &input.role_session_name, 2..=64)?;
    policies(input.policy.as_deref(), input.policy_arns.as_deref())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    fn input() -> AssumeRoleWithWebIdentityRequest {
        AssumeRoleWithWebIdentityRequest {
            role_arn: "arn:aws:iam::123456789012:role/admin".to_owned(),
            role_session_name: "CognitoIdentityCredentials".to_owned(),
            web_identity_token: "e30.e30.e30".into(),
            ..AssumeRoleWithWebIdentityRequest::default()
        }
    }

    #[test]
    fn what_is_not_served_is_refused_rather_than_ignored() {
        assert!(check(&input()).is_ok());
        for (member, changed) in [
            (
                "ProviderId",
                AssumeRoleWithWebIdentityRequest {
                    provider_id: Some("graph.facebook.com".to_owned()),
                    ..input()
                },
            ),
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

    #[test]
    fn a_session_name_and_policies_are_checked_before_the_role_is_looked_up() {
        let name =
            AssumeRoleWithWebIdentityRequest { role_session_name: "a b".to_owned(), ..input() };
        let policy = AssumeRoleWithWebIdentityRequest { policy: Some("{}".to_owned()), ..input() };
        let arns = Some(vec![wire::sts::PolicyDescriptorType { arn: None }]);
        let arns = AssumeRoleWithWebIdentityRequest { policy_arns: arns, ..input() };
        for (changed, code) in [
            (name, "ValidationError"),
            (policy, "MalformedPolicyDocument"),
            (arns, "ValidationError"),
        ] {
            assert_eq!(Fault::from(check(&changed).unwrap_err()).code(), code);
        }
    }
}
