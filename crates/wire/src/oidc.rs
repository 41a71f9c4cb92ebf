//! The two documents of a user pool that OpenID Connect has and AWS's model has not.
//!
//! Both are asked for by an unsigned GET below the pool's id and answered with JSON. They are
//! operations of user pools like any other, so that they pass the gate, and so that another service
//! gets a pool's keys by calling one.
//!
//! Sources: RFC 7517; [OpenID Connect
//! Discovery](https://openid.net/specs/openid-connect-discovery-1_0.html), section 4; Amazon Cognito
//! Developer Guide, *Verifying JSON web tokens*.

use http::{HeaderValue, Method, header};
use serde::Serialize;
use tokens::JwkSet;
use types::{RequestId, UserPoolId};

use crate::{
    Fault, Operation, OperationId, Refusal, RequestParts, Response, Service, response::name_request,
};

const KEYS: &str = ".well-known/jwks.json";
const CONFIGURATION: &str = ".well-known/openid-configuration";

/// Gives the keys that a pool's tokens are checked with: `GET /POOL/.well-known/jwks.json`.
#[derive(Debug, Clone, Copy)]
pub struct GetJsonWebKeySet;

/// Says who issues a pool's tokens and where the keys are:
/// `GET /POOL/.well-known/openid-configuration`.
#[derive(Debug, Clone, Copy)]
pub struct GetOpenIdConfiguration;

/// What [`GetOpenIdConfiguration`] answers: those members of Cognito's document that do not need a
/// domain of the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenIdConfiguration {
    /// With which algorithms ID tokens are signed.
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// The `iss` of the pool's tokens.
    pub issuer: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Which grants there are, as OAuth 2.0 names their responses.
    pub response_types_supported: Vec<String>,
    /// Which scopes can be asked for.
    pub scopes_supported: Vec<String>,
    /// Whether a user has one `sub` for all clients.
    pub subject_types_supported: Vec<String>,
}

impl Operation for GetJsonWebKeySet {
    type Input = UserPoolId;
    type Output = JwkSet;
    const ID: OperationId = OperationId::CognitoIdpGetJsonWebKeySet;

    fn read(request: &RequestParts<'_>, _body: &[u8]) -> Result<UserPoolId, Fault> {
        pool(request)
    }

    fn write(output: JwkSet, request_id: &RequestId) -> Response {
        document(&output, request_id)
    }
}

impl Operation for GetOpenIdConfiguration {
    type Input = UserPoolId;
    type Output = OpenIdConfiguration;
    const ID: OperationId = OperationId::CognitoIdpGetOpenIdConfiguration;

    fn read(request: &RequestParts<'_>, _body: &[u8]) -> Result<UserPoolId, Fault> {
        pool(request)
    }

    fn write(output: OpenIdConfiguration, request_id: &RequestId) -> Response {
        document(&output, request_id)
    }
}

/// Which of the two a request to user pools asks for, if it asks for one.
pub(crate) fn identify(request: &RequestParts<'_>) -> Option<OperationId> {
    let (_, document) = parts(request)?;
    match (request.method, document) {
        (&Method::GET | &Method::HEAD, KEYS) => Some(GetJsonWebKeySet::ID),
        (&Method::GET | &Method::HEAD, CONFIGURATION) => Some(GetOpenIdConfiguration::ID),
        _ => None,
    }
}

/// Whether the operation is named by its path, and not by `X-Amz-Target`.
#[must_use]
pub fn is_document(id: OperationId) -> bool {
    matches!(id, GetJsonWebKeySet::ID | GetOpenIdConfiguration::ID)
}

fn parts<'a>(request: &RequestParts<'a>) -> Option<(UserPoolId, &'a str)> {
    let (pool, document) = request.path.strip_prefix('/')?.split_once('/')?;
    Some((pool.parse().ok()?, document))
}

fn pool(request: &RequestParts<'_>) -> Result<UserPoolId, Fault> {
    parts(request).map(|(pool, _)| pool).ok_or_else(|| {
        let message = "The path does not begin with the id of a user pool";
        Refusal::UnreadableUri.fault(Service::CognitoIdp, message)
    })
}

fn document(document: &impl Serialize, request_id: &RequestId) -> Response {
    // Texts and lists of texts always become JSON.
    let json = serde_json::to_string(document).unwrap_or_default();
    let mut response = Response::new(json.into());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    name_request(response.headers_mut(), Service::CognitoIdp, request_id);
    response
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn identified(method: &Method, path: &str) -> Result<OperationId, Fault> {
        let headers = HeaderMap::new();
        let request = RequestParts {
            method,
            path,
            bucket_in_host: None,
            query: Vec::new(),
            headers: &headers,
        };
        crate::identify(Service::CognitoIdp, &request, &[])
    }

    #[test]
    fn the_documents_are_found_by_their_paths_and_nothing_else() {
        let keys = "/us-east-1_aB3dE6gH9/.well-known/jwks.json";
        let configuration = "/us-east-1_aB3dE6gH9/.well-known/openid-configuration";
        assert_eq!(identified(&Method::GET, keys), Ok(GetJsonWebKeySet::ID));
        assert_eq!(identified(&Method::HEAD, keys), Ok(GetJsonWebKeySet::ID));
        assert_eq!(identified(&Method::GET, configuration), Ok(GetOpenIdConfiguration::ID));
        for (method, path) in [
            (Method::POST, keys),
            (Method::GET, "/.well-known/jwks.json"),
            (Method::GET, "/nopool/.well-known/jwks.json"),
            (Method::GET, "/us-east-1_aB3dE6gH9/.well-known/jwks.json/"),
            (Method::GET, "/us-east-1_aB3dE6gH9/jwks.json"),
        ] {
            let refused = identified(&method, path).unwrap_err();
            assert_eq!(refused.code(), "UnknownOperationException", "{method} {path}");
        }
    }

    #[test]
    fn a_document_is_not_an_operation_of_the_json_protocol() {
        let mut headers = HeaderMap::new();
        let target = "AWSCognitoIdentityProviderService.GetJsonWebKeySet";
        headers.insert("x-amz-target", HeaderValue::from_static(target));
        let request = RequestParts {
            method: &Method::POST,
            path: "/",
            bucket_in_host: None,
            query: Vec::new(),
            headers: &headers,
        };
        let refused = crate::identify(Service::CognitoIdp, &request, &[]).unwrap_err();
        assert_eq!(refused.code(), "UnknownOperationException");
    }

    #[test]
    fn the_set_is_written_as_rfc_7517_has_it() {
        let id = "00000000-0000-4000-8000-000000000000".parse().unwrap();
        let response = GetJsonWebKeySet::write(JwkSet { keys: Vec::new() }, &id);
        let crate::Body::Bytes(body) = response.body() else { panic!("{response:?}") };
        assert_eq!(&body[..], br#"{"keys":[]}"#);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    }
}
