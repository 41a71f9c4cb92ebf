//! What temporary credentials cannot be used for, whatever the policies say.

use session::SessionPrincipal;
use wire::{Fault, OperationId, Refusal, Service};

use crate::Principal;

/// Refuses what these credentials are not good for.
///
/// Sources: IAM User Guide, *Compare AWS STS credentials*; STS API Reference, `GetSessionToken` and
/// `GetFederationToken`, *Permissions*. That IAM says the token is invalid is seen, not documented.
pub(crate) fn check(principal: &Principal, operation: OperationId) -> Result<(), Fault> {
    use OperationId as Id;
    let Principal::Session(session) = principal else { return Ok(()) };
    let refused = match &session.principal {
        SessionPrincipal::AssumedRole { .. } => {
            matches!(operation, Id::StsGetSessionToken | Id::StsGetFederationToken)
        }
        SessionPrincipal::UserSession { .. } | SessionPrincipal::RootSession => {
            match operation.service() {
                Service::Iam => session.mfa_authenticated_at.is_none(),
                Service::Sts => !matches!(operation, Id::StsAssumeRole | Id::StsGetCallerIdentity),
                _ => false,
            }
        }
        SessionPrincipal::FederatedUser { .. } => match operation.service() {
            Service::Iam => true,
            Service::Sts => operation != Id::StsGetCallerIdentity,
            _ => false,
        },
    };
    if !refused {
        return Ok(());
    }
    let service = operation.service();
    if service == Service::Iam {
        let message = "The security token included in the request is invalid";
        return Err(Refusal::UnknownAccessKey.fault(service, message));
    }
    let name = operation.name();
    let message = format!("Cannot call {name} with session credentials");
    Err(Refusal::NotAllowed.fault(service, message))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use session::Session;
    use types::Timestamp;

    use super::*;

    fn session(principal: SessionPrincipal, mfa: bool) -> Principal {
        Principal::Session(Box::new(Session {
            account: "123456789012".parse().unwrap(),
            principal,
            source_identity: None,
            federation: None,
            tags: BTreeMap::new(),
            transitive_tag_keys: BTreeSet::new(),
            policies: Vec::new(),
            mfa_authenticated_at: mfa.then_some(Timestamp::UNIX_EPOCH),
            issued: Timestamp::UNIX_EPOCH,
            expires: Timestamp::UNIX_EPOCH,
        }))
    }

    /// Source: IAM User Guide, *Compare AWS STS credentials*, the table.
    #[test]
    fn each_kind_of_temporary_credentials_has_its_limits() {
        use OperationId as Id;
        let arn = |resource: &str| format!("arn:aws:iam::123456789012:{resource}").parse().unwrap();
        let id = || "AIDAAAAAAAAAAAAAAAAAA".parse().unwrap();
        let user = || SessionPrincipal::UserSession { user: arn("user/alice"), user_id: id() };
        let role = SessionPrincipal::AssumedRole {
            role: arn("role/r"),
            role_id: "AROAAAAAAAAAAAAAAAAAA".parse().unwrap(),
            session_name: "s".to_owned(),
        };
        let federated = SessionPrincipal::FederatedUser {
            issuer: arn("user/alice"),
            issuer_id: id(),
            name: "carol".to_owned(),
        };
        let operations = [
            Id::IamGetUser,
            Id::S3GetObject,
            Id::StsGetCallerIdentity,
            Id::StsAssumeRole,
            Id::StsGetSessionToken,
            Id::StsGetFederationToken,
            Id::StsDecodeAuthorizationMessage,
        ];
        let (iam, sts) = ("InvalidClientTokenId", "AccessDenied");
        let own = [iam, "", "", "", sts, sts, sts];
        for (principal, expected) in [
            (Principal::Root("123456789012".parse().unwrap()), [""; 7]),
            (session(user(), false), own),
            (session(SessionPrincipal::RootSession, false), own),
            (session(user(), true), ["", "", "", "", sts, sts, sts]),
            (session(federated, false), [iam, "", "", sts, sts, sts, sts]),
            (session(role, false), ["", "", "", "", sts, sts, ""]),
        ] {
            let told = operations.map(|operation| {
                check(&principal, operation).map_or_else(|fault| fault.code(), |()| "")
            });
            assert_eq!(told, expected, "{principal:?}");
        }
    }
}
