use gate::{Access, Authorized, Caller, Need, Operation, Principal};
use wire::{
    Fault, Refusal, Service,
    sts::{GetCallerIdentityRequest, GetCallerIdentityResponse},
};

/// [`GetCallerIdentity`](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html)
///
/// Needs no permission, and no policy can take it away.
pub(crate) struct GetCallerIdentity;

/// Why nobody can be told who they are.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GetCallerIdentityError {
    /// A service, or nobody in particular.
    #[error("{0} has no account, ARN and id")]
    NoIdentity(String),
}

impl From<GetCallerIdentityError> for Fault {
    fn from(error: GetCallerIdentityError) -> Self {
        match error {
            GetCallerIdentityError::NoIdentity(_) => {
                Refusal::NotAllowed.fault(Service::Sts, error.to_string())
            }
        }
    }
}

impl Operation for GetCallerIdentity {
    type Wire = wire::sts::GetCallerIdentity;
    type Error = GetCallerIdentityError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        _: &GetCallerIdentityRequest,
    ) -> Result<Vec<Need>, GetCallerIdentityError> {
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetCallerIdentityResponse, GetCallerIdentityError> {
        identity(&request.caller().principal)
    }
}

fn identity(principal: &Principal) -> Result<GetCallerIdentityResponse, GetCallerIdentityError> {
    let (Some(account), Some(user_id)) = (principal.account(), principal.user_id()) else {
        return Err(GetCallerIdentityError::NoIdentity(principal.display_arn()));
    };
    Ok(GetCallerIdentityResponse {
        account: Some(account.to_string()),
        arn: Some(principal.display_arn()),
        user_id: Some(user_id),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use session::{Session, SessionPrincipal};
    use types::{AccountId, Arn, Timestamp};

    use super::*;

    fn answer(principal: &Principal) -> (String, String, String) {
        let answer = identity(principal).unwrap();
        (answer.account.unwrap(), answer.arn.unwrap(), answer.user_id.unwrap())
    }

    fn account() -> AccountId {
        "123456789012".parse().unwrap()
    }

    fn session(principal: SessionPrincipal) -> Principal {
        Principal::Session(Box::new(Session {
            account: account(),
            principal,
            source_identity: None,
            federation: None,
            tags: BTreeMap::new(),
            transitive_tag_keys: BTreeSet::new(),
            policies: Vec::new(),
            mfa_authenticated_at: None,
            issued: Timestamp::UNIX_EPOCH,
            expires: Timestamp::UNIX_EPOCH,
        }))
    }

    /// The examples of the API reference.
    #[test]
    fn everyone_with_an_account_has_account_arn_and_id() {
        let owned = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(
            answer(&Principal::Root(account())),
            owned("123456789012", "arn:aws:iam::123456789012:root", "123456789012")
        );
        let role = "arn:aws:iam::123456789012:role/some/path/my-role-name";
        let assumed = session(SessionPrincipal::AssumedRole {
            role: role.parse().unwrap(),
            role_id: "AROAABCDEFGHIJKLMNOPQ".parse().unwrap(),
            session_name: "my-role-session-name".to_owned(),
        });
        assert_eq!(
            answer(&assumed),
            owned(
                "123456789012",
                "arn:aws:sts::123456789012:assumed-role/my-role-name/my-role-session-name",
                "AROAABCDEFGHIJKLMNOPQ:my-role-session-name"
            )
        );
        let alice = "arn:aws:iam::123456789012:user/Alice";
        let user = session(SessionPrincipal::UserSession {
            user: alice.parse().unwrap(),
            user_id: "AIDAABCDEFGHIJKLMNOPQ".parse().unwrap(),
        });
        assert_eq!(answer(&user), owned("123456789012", alice, "AIDAABCDEFGHIJKLMNOPQ"));
        let federated = session(SessionPrincipal::FederatedUser {
            issuer: alice.parse().unwrap(),
            issuer_id: "AIDAABCDEFGHIJKLMNOPQ".parse().unwrap(),
            name: "my-federated-user-name".to_owned(),
        });
        assert_eq!(
            answer(&federated),
            owned(
                "123456789012",
                "arn:aws:sts::123456789012:federated-user/my-federated-user-name",
                "123456789012:my-federated-user-name"
            )
        );
    }

    #[test]
    fn services_and_nobody_are_nobody() {
        let service = Principal::Service(gate::ServicePrincipal {
            name: "cognito-identity.amazonaws.com",
            source_arn: Arn::new("cognito-identity", None, Some(&account()), "identitypool/x"),
            source_account: account(),
        });
        for principal in [service, Principal::Anonymous] {
            let fault: Fault = identity(&principal).unwrap_err().into();
            assert_eq!((fault.code(), fault.status().as_u16()), ("AccessDenied", 403));
        }
    }
}
