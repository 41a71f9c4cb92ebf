//! Cross-origin answers of the services that browsers call directly.
//!
//! `cognito-idp`, `cognito-identity`, `sts`, the key set and discovery answer every origin, without
//! credentials: nothing of theirs depends on a cookie. IAM answers none; S3 goes by a bucket's rules.
//! Source: Fetch standard, section 3.3, *CORS protocol*.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use wire::{Body, Response, Service};

use crate::route::Route;

/// What a request says of its origin.
pub(crate) struct Request {
    has_origin: bool,
    is_preflight: bool,
    asked_headers: Option<HeaderValue>,
}

impl Request {
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Self {
        let has_origin = headers.contains_key(header::ORIGIN);
        let asks = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        Self {
            has_origin,
            is_preflight: has_origin && asks && method == Method::OPTIONS,
            asked_headers: headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned(),
        }
    }
}

fn answers_every_origin(route: &Route) -> bool {
    match route {
        Route::Service { service, .. } => {
            matches!(service, Service::CognitoIdp | Service::CognitoIdentity | Service::Sts)
        }
        Route::Health | Route::UnknownService(_) | Route::Refused(_) => false,
    }
}

/// The answer to a preflight, if this request is one that gets an answer. A preflight carries
/// neither signature nor target, so those services are known by what it asks to send to `/`.
pub(crate) fn preflight(request: &Request, route: &Route, path: &str) -> Option<Response> {
    let for_service = path == "/" || answers_every_origin(route);
    if !request.is_preflight || !for_service {
        return None;
    }
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("172800"));
    if let Some(asked) = &request.asked_headers {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    Some(response)
}

/// Adds what lets a page of any origin read the answer.
pub(crate) fn allow(request: &Request, route: &Route, headers: &mut HeaderMap) {
    const EXPOSED: HeaderValue =
        HeaderValue::from_static("x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date");
    const EXPOSE: HeaderName = header::ACCESS_CONTROL_EXPOSE_HEADERS;
    if request.has_origin && answers_every_origin(route) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(EXPOSE, EXPOSED);
    }
}
