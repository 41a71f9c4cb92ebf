//! What a service asks of user pools about a token that it checked itself: whether it is still worth
//! anything.
//!
//! Cognito has this only inside: an identity pool with `ServerSideTokenCheck` "will check with the
//! integrated user pools to make sure the user has not been globally signed out or deleted" (Amazon
//! Cognito Federated Identities API Reference, `CognitoIdentityProvider`). The name is RFC 7662's. No
//! request names this operation: it is reached only by a service that calls another one.

use types::{RequestId, Timestamp, UserPoolId, Uuid};

use crate::{Fault, Operation, OperationId, Refusal, RequestParts, Response};

/// Says whether a token of a user pool, whose signature and times were checked, is still good.
#[derive(Debug, Clone, Copy)]
pub struct IntrospectToken;

/// The claims of a checked token that the pool's records speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntrospectTokenRequest {
    /// The pool that issued it.
    pub user_pool_id: UserPoolId,
    /// The user, `sub`.
    pub sub: Uuid,
    /// The sign-in that it comes from, `origin_jti`; absent where the client has token revocation
    /// switched off.
    pub origin_jti: Option<Uuid>,
    /// When the user proved who they are, `auth_time`.
    pub auth_time: Timestamp,
}

/// What the pool answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntrospectTokenResponse {
    /// Whether the user still exists, is enabled, and was not signed out since.
    pub active: bool,
}

impl Operation for IntrospectToken {
    type Input = IntrospectTokenRequest;
    type Output = IntrospectTokenResponse;
    const ID: OperationId = OperationId::CognitoIdpIntrospectToken;

    fn read(_: &RequestParts<'_>, _: &[u8]) -> Result<IntrospectTokenRequest, Fault> {
        Err(Refusal::UnknownOperation
            .fault(Self::ID.service(), "Only services call this operation"))
    }

    fn write(_: IntrospectTokenResponse, _: &RequestId) -> Response {
        Response::default()
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;

    #[test]
    fn no_request_names_it() {
        let mut headers = HeaderMap::new();
        let target = "AWSCognitoIdentityProviderService.IntrospectToken";
        headers.insert("x-amz-target", HeaderValue::from_static(target));
        let request = RequestParts {
            method: &Method::POST,
            path: "/",
            bucket_in_host: None,
            query: Vec::new(),
            headers: &headers,
        };
        let refused = crate::identify(crate::Service::CognitoIdp, &request, b"{}").unwrap_err();
        assert_eq!(refused.code(), "UnknownOperationException");
        let unread = IntrospectToken::read(&request, b"{}").unwrap_err();
        assert_eq!(unread.code(), "UnknownOperationException");
    }
}
