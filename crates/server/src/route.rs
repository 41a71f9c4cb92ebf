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
            return Service::from_signing_name(&name).map_or(Route::UnknownService(name), service);
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
        let known =
            Service::ALL.iter().copied().find(|s| Some(s.api_version()) == version.as_deref());
        return Some(known.unwrap_or(Service::Sts));
    }
    let form = head
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.starts_with("application/x-www-form-urlencoded"));
    (form && head.method == Method::POST && head.path == "/").then_some(Service::Sts)
}

/// Our own paths: `/_aws/…`, and a user pool's key set (RFC 7517) and metadata (OpenID Connect
/// Discovery 1.0, section 4) below its id. No bucket can have such a name: it would contain `_`.
fn reserved_path(head: Head<'_>) -> Option<Route> {
    if head.path == "/_aws/health" {
        return Some(Route::Health);
    }
    let (pool, rest) = head.path.strip_prefix('/')?.split_once('/')?;
    let of_pool = pool.parse::<UserPoolId>().is_ok() && rest.starts_with(".well-known/");
    of_pool.then_some(Route::Service { service: Service::CognitoIdp, bucket_in_host: None })
}

fn query_value(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| percent_decode_str(value).decode_utf8_lossy().into_owned())
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn routed(request: &str, headers: &[(&str, &str)]) -> Route {
        let (method, rest) = request.split_once(' ').unwrap();
        let (host, target) = rest.split_once('/').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        route(Head {
            method: &method.parse().unwrap(),
            host,
            path: &format!("/{path}"),
            query,
            headers: &map,
        })
    }

    fn to(service: Service) -> Route {
        Route::Service { service, bucket_in_host: None }
    }

    fn to_bucket(name: &str) -> Route {
        Route::Service { service: Service::S3, bucket_in_host: Some(name.to_owned()) }
    }

    const SIGNED_FOR_IAM: (&str, &str) = (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKIA/20260304/us-east-1/iam/aws4_request, \
         SignedHeaders=host, Signature=0",
    );

    #[test]
    fn the_order_of_the_ways_is_kept() {
        let target = ("x-amz-target", "AWSCognitoIdentityService.GetId");
        let idp = ("x-amz-target", "AWSCognitoIdentityProviderService.InitiateAuth");
        let form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let scope = "X-Amz-Credential=AKIA%2F20260304%2Fus-east-1%2Fsts%2Faws4_request";
        for (request, headers, expected) in [
            // A host that names a bucket wins over everything.
            ("GET coats.s3.localhost/k", &[SIGNED_FOR_IAM][..], to_bucket("coats")),
            ("GET coats.localhost/k", &[], to_bucket("coats")),
            ("GET my.coats.s3.localhost/k", &[], to_bucket("my.coats")),
            ("GET coats.s3.amazonaws.com/k", &[], to_bucket("coats")),
            ("GET coats.s3.eu-west-1.amazonaws.com/k", &[], to_bucket("coats")),
            ("GET s3.eu-west-1.amazonaws.com/k", &[], to(Service::S3)),
            ("GET s3.localhost/k", &[], to(Service::S3)),
            // Then the scope, whatever else the request says.
            ("POST localhost/", &[SIGNED_FOR_IAM, target], to(Service::Iam)),
            ("GET localhost/_aws/health", &[SIGNED_FOR_IAM], to(Service::Iam)),
            (&format!("GET localhost/?{scope}&Action=X"), &[target], to(Service::Sts)),
            // Then target, action, our own paths, S3.
            ("POST localhost/?Action=X", &[target], to(Service::CognitoIdentity)),
            ("POST localhost/", &[idp], to(Service::CognitoIdp)),
            ("GET localhost/?Action=X&Version=2010-05-08", &[], to(Service::Iam)),
            ("GET localhost/?Action=X", &[], to(Service::Sts)),
            ("POST localhost/", &[form], to(Service::Sts)),
            ("PUT localhost/bucket", &[form], to(Service::S3)),
            ("GET localhost/_aws/health", &[], Route::Health),
            ("GET localhost/us-east-1_aB3/.well-known/jwks.json", &[], to(Service::CognitoIdp)),
            ("GET localhost/us-east-1_aB3/data.txt", &[], to(Service::S3)),
            ("GET localhost/bucket/.well-known/jwks.json", &[], to(Service::S3)),
            ("GET 127.0.0.1/", &[], to(Service::S3)),
        ] {
            assert_eq!(routed(request, headers), expected, "{request} {headers:?}");
        }
    }

    #[test]
    fn what_is_for_no_one_is_refused() {
        let twice = [SIGNED_FOR_IAM, SIGNED_FOR_IAM];
        for (request, headers) in [
            ("GET console.localhost/", &[][..]),
            ("GET my.auth.localhost/login", &[]),
            ("GET localhost/", &twice),
            ("POST localhost/", &[("x-amz-target", "DynamoDB_20120810.GetItem")]),
        ] {
            let route = routed(request, headers);
            assert!(matches!(route, Route::Refused(_)), "{request}: {route:?}");
        }
        let dynamodb = "AWS4-HMAC-SHA256 Credential=AKIA/20260304/us-east-1/dynamodb/aws4_request";
        assert_eq!(
            routed("POST localhost/", &[("authorization", dynamodb)]),
            Route::UnknownService("dynamodb".to_owned())
        );
    }

    proptest::proptest! {
        #[test]
        fn every_request_has_a_route(
            host in ".{0,40}",
            path in "/.{0,40}",
            query in ".{0,60}",
            authorization in "[ -~]{0,80}",
        ) {
            let headers = [("authorization", &*authorization)];
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
            }
            let head = Head {
                method: &Method::GET,
                host: &host,
                path: &path,
                query: &query,
                headers: &map,
            };
            proptest::prop_assert_eq!(route(head), route(head));
        }
    }
}
