//! Which service a request is for: a pure and total function of its head.
//!
//! The order is part of the contract: (1) a known host suffix; (2) a signature's credential scope,
//! and nothing else; (3) `X-Amz-Target`; (4) the query's `Action`; (5) our reserved paths; (6) S3.
//! Nothing here decides what is allowed. The gate refuses a request whose scope is not the service
//! it was routed to, so a wrong turn here can only end in a refusal.

use http::{HeaderMap, Method, header};
use percent_encoding::percent_decode_str;
use types::UserPoolId;
use wire::Service;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// An AWS operation of this service. For S3 the bucket may stand in the host name
    /// (virtual-hosted style) instead of the path.
    Service {
        /// The service.
        service: Service,
        /// The bucket that the host name gave.
        bucket_in_host: Option<String>,
    },
    /// `GET /{pool}/.well-known/jwks.json` (RFC 7517).
    JsonWebKeySet(UserPoolId),
    /// `GET /{pool}/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, section 4).
    OpenIdConfiguration(UserPoolId),
    /// `GET /_aws/health`: whether the process can serve.
    Health,
    /// A credential scope whose service is not served here.
    UnknownService(String),
    /// A request that is for no one: refused with 400 and this reason.
    Refused(&'static str),
}

/// The head of a request, as far as routing looks at it.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The method.
    pub method: &'a Method,
    /// The host, without port, in lower case.
    pub host: &'a str,
    /// The path as sent, percent-encoded.
    pub path: &'a str,
    /// The query as sent, without the question mark.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
}

/// Host suffixes behind which a bucket's name stands. The longest match counts.
const BUCKET_SUFFIXES: [&str; 3] = [".s3.amazonaws.com", ".s3.localhost", ".localhost"];

/// Names below `localhost` that are never a bucket: the origins of pages.
const RESERVED_NAMES: [&str; 2] = ["console", "auth"];

/// Finds the way for a request.
#[must_use]
pub fn route(head: Head<'_>) -> Route {
    let bucket_in_host = match bucket_in_host(head.host) {
        HostName::Bucket(bucket) => Some(bucket.to_owned()),
        HostName::Reserved => {
            return Route::Refused("this host name belongs to pages, which are not served");
        }
        HostName::Other => None,
    };
    if bucket_in_host.is_some() {
        return Route::Service { service: Service::S3, bucket_in_host };
    }
    let service = |service| Route::Service { service, bucket_in_host: None };
    match scope_service(head) {
        Ok(Some(name)) => {
            return Service::from_signing_name(&name)
                .map_or(Route::UnknownService(name), service);
        }
        Ok(None) => {}
        Err(reason) => return Route::Refused(reason),
    }
    if let Some(target) = head.headers.get("x-amz-target") {
        let prefix = target.to_str().ok().and_then(|text| text.split_once('.')).map(|(p, _)| p);
        let known = prefix.and_then(|prefix| {
            Service::ALL.iter().copied().find(|s| s.target_prefix() == Some(prefix))
        });
        return known.map_or(Route::Refused("X-Amz-Target names no service served here"), service);
    }
    if let Some(found) = query_action(head) {
        return service(found);
    }
    if let Some(route) = reserved_path(head) {
        return route;
    }
    service(Service::S3)
}

enum HostName<'a> {
    Bucket(&'a str),
    Reserved,
    Other,
}

fn bucket_in_host(host: &str) -> HostName<'_> {
    // `s3.localhost` itself is path-style, also when the shorter suffix would fit.
    if matches!(host, "s3.localhost" | "s3.amazonaws.com" | "localhost") {
        return HostName::Other;
    }
    for suffix in BUCKET_SUFFIXES {
        if let Some(name) = host.strip_suffix(suffix) {
            let last = name.rsplit('.').next().unwrap_or(name);
            return match name {
                "" => HostName::Other,
                _ if RESERVED_NAMES.contains(&last) => HostName::Reserved,
                _ => HostName::Bucket(name),
            };
        }
    }
    // `bucket.s3.region.amazonaws.com`
    if let Some((name, region)) =
        host.strip_suffix(".amazonaws.com").and_then(|rest| rest.rsplit_once(".s3."))
        && !name.is_empty()
        && !region.contains('.')
    {
        return HostName::Bucket(name);
    }
    HostName::Other
}

/// The service in the credential scope of the `Authorization` header or the presigned query.
fn scope_service(head: Head<'_>) -> Result<Option<String>, &'static str> {
    let mut authorizations = head.headers.get_all(header::AUTHORIZATION).iter();
    let in_header = match (authorizations.next(), authorizations.next()) {
        (None, _) => None,
        (Some(_), Some(_)) => return Err("more than one Authorization header"),
        (Some(value), None) => value
            .to_str()
            .ok()
            .filter(|text| text.starts_with("AWS4-HMAC-SHA256"))
            .and_then(|text| text.split_once("Credential=").map(|(_, rest)| rest))
            .and_then(|rest| rest.split([',', ' ']).next())
            .map(str::to_owned),
    };
    let credential = match in_header {
        Some(credential) => Some(credential),
        None => query_value(head.query, "X-Amz-Credential"),
    };
    // key id / date / region / service / aws4_request
    Ok(credential.and_then(|text| text.rsplit('/').nth(1).map(str::to_owned)))
}

/// The service that has the operation a GET's query or a form's query names, as awsQuery does.
///
/// A form in the body is recognised by its content type: of the services of that protocol only STS
/// has operations that are called without a signature.
fn query_action(head: Head<'_>) -> Option<Service> {
    let version = query_value(head.query, "Version");
    if query_value(head.query, "Action").is_some() {
        let known = Service::ALL
            .iter()
            .copied()
            .find(|s| Some(s.api_version()) == version.as_deref());
        return Some(known.unwrap_or(Service::Sts));
    }
    let form = head
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.starts_with("application/x-www-form-urlencoded"));
    (form && head.method == Method::POST && head.path == "/").then_some(Service::Sts)
}

fn reserved_path(head: Head<'_>) -> Option<Route> {
    if head.path == "/_aws/health" {
        return Some(Route::Health);
    }
    let (pool, rest) = head.path.strip_prefix('/')?.split_once('/')?;
    let pool: UserPoolId = pool.parse().ok()?;
    match rest {
        ".well-known/jwks.json" => Some(Route::JsonWebKeySet(pool)),
        ".well-known/openid-configuration" => Some(Route::OpenIdConfiguration(pool)),
        _ => None,
    }
}

fn query_value(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| percent_decode_str(value).decode_utf8_lossy().into_owned())
    })
}
