//! Which operation a request asks for.

use crate::{Fault, OperationId, Protocol, Refusal, RequestParts, Service, oidc, read, s3_route};

/// Finds the operation that a request asks of `service`.
///
/// `body` is looked at in awsQuery only, whose `Action` stands in the query or in a form.
///
/// # Errors
/// What the service answers when there is no such operation, or none that is served:
/// `UnknownOperationException`, `InvalidAction`, and at S3 `NotImplemented` (also for an operation
/// of S3 that is not served) or `MethodNotAllowed`.
pub fn identify(
    service: Service,
    request: &RequestParts<'_>,
    body: &[u8],
) -> Result<OperationId, Fault> {
    if service == Service::CognitoIdp
        && let Some(document) = oidc::identify(request)
    {
        return Ok(document);
    }
    match service.protocol() {
        Protocol::Json => by_target(service, request),
        Protocol::Query => by_action(service, request, body),
        Protocol::RestXml => s3_route::identify(request),
    }
}

/// awsJson: POST with `X-Amz-Target: PREFIX.OPERATION`.
fn by_target(service: Service, request: &RequestParts<'_>) -> Result<OperationId, Fault> {
    let unknown = |message: &str| Err(Refusal::UnknownOperation.fault(service, message));
    if request.method != http::Method::POST {
        return unknown("An operation is asked for by POST");
    }
    let mut targets = request.headers.get_all("x-amz-target").iter();
    let (Some(target), None) = (targets.next(), targets.next()) else {
        return unknown("An operation is named by one X-Amz-Target header");
    };
    let found = target
        .to_str()
        .ok()
        .and_then(|target| target.split_once('.'))
        .filter(|(prefix, _)| Some(*prefix) == service.target_prefix())
        .and_then(|(_, name)| OperationId::find(service, name))
        .filter(|id| !oidc::is_document(*id) && !id.is_for_services());
    found.map_or_else(|| unknown("The operation in X-Amz-Target is not known"), Ok)
}

/// awsQuery: `Action`, and `Version` if it is given.
fn by_action(
    service: Service,
    request: &RequestParts<'_>,
    body: &[u8],
) -> Result<OperationId, Fault> {
    let form = read::form_pairs(service, body)?;
    let values = |key: &'static str| {
        request
            .query
            .iter()
            .chain(&form)
            .filter(move |(name, _)| name == key)
            .map(|(_, value)| value)
    };
    let (mut actions, mut versions) = (values("Action"), values("Version"));
    let (Some(action), None) = (actions.next(), actions.next()) else {
        let message = "An operation is named by one Action parameter";
        return Err(Refusal::UnknownOperation.fault(service, message));
    };
    let version = versions.next().map_or(service.api_version(), String::as_str);
    OperationId::find(service, action).filter(|_| version == service.api_version()).ok_or_else(
        || {
            let shown: String = action.chars().take(100).collect();
            let message = format!("Could not find operation {shown} for version {version}");
            Refusal::UnknownOperation.fault(service, message)
        },
    )
}
