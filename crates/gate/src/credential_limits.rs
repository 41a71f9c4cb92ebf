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
