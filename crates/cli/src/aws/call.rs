use std::fmt::Write as _;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};
use serde_json::Value;

use super::{
    Answer, CallError, Client, Unreachable,
    client::{Request, encode, encode_path},
};

/// A service that speaks [awsJson 1.1](https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html).
#[derive(Clone, Copy)]
pub(crate) enum JsonService {
    Cloakroom,
    CognitoIdp,
    CognitoIdentity,
}

/// A service that speaks [awsQuery](https://smithy.io/2.0/aws/protocols/aws-query-protocol.html).
#[derive(Clone, Copy)]
pub(crate) enum QueryService {
    CloudFormation,
    Iam,
    Sts,
}

/// A request to S3, path-style, with the key not yet encoded.
pub(crate) struct S3Request<'a> {
    pub(crate) method: Method,
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) body: Bytes,
}

impl Client {
    /// Calls an operation of a JSON service, whatever the answer.
    pub(crate) async fn try_json(
        &self,
        service: JsonService,
        operation: &str,
        input: &Value,
    ) -> Result<Answer, Unreachable> {
        let (signing_name, target_prefix) = match service {
            JsonService::Cloakroom => ("cloakroom", "Cloakroom"),
            JsonService::CognitoIdp => ("cognito-idp", "AWSCognitoIdentityProviderService"),
            JsonService::CognitoIdentity => ("cognito-identity", "AWSCognitoIdentityService"),
        };
        let target = format!("{target_prefix}.{operation}");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
        if let Ok(target) = HeaderValue::from_str(&target) {
            headers.insert("x-amz-target", target);
        }
        let body = Bytes::from(input.to_string());
        let (path, query) = ("/".to_owned(), String::new());
        let request = Request { method: Method::POST, path, query, headers, body };
        self.send(signing_name, request).await
    }

    /// Calls an operation of a JSON service and reads its output.
    pub(crate) async fn json(
        &self,
        service: JsonService,
        operation: &str,
        input: Value,
    ) -> Result<Value, CallError> {
        let answer = self.try_json(service, operation, &input).await?.accepted(operation)?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer.body).map_err(|_| CallError::Unreadable {
            operation: operation.to_owned(),
            expected: "JSON",
        })
    }

    /// Calls an operation of a query service.
    pub(crate) async fn query(
        &self,
        service: QueryService,
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Answer, CallError> {
        let (signing_name, version) = match service {
            QueryService::CloudFormation => ("cloudformation", "2010-05-15"),
            QueryService::Iam => ("iam", "2010-05-08"),
            QueryService::Sts => ("sts", "2011-06-15"),
        };
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", operation)
            .append_pair("Version", version)
            .extend_pairs(parameters)
            .finish();
        let mut headers = HeaderMap::new();
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(form));
        let (path, query) = ("/".to_owned(), String::new());
        let request = Request { method: Method::POST, path, query, headers, body: body.into() };
        self.send(signing_name, request).await?.accepted(operation)
    }

    /// Sends a request to S3, whatever the answer.
    pub(crate) async fn s3(&self, request: S3Request<'_>) -> Result<Answer, Unreachable> {
        let S3Request { method, bucket, key, query, body } = request;
        let path = encode_path(&format!("/{bucket}/{key}"));
        let path = if key.is_empty() { path.trim_end_matches('/').to_owned() } else { path };
        let mut line = String::new();
        for (name, value) in query {
            let separator = if line.is_empty() { "" } else { "&" };
            // Writing into a String does not fail.
            let _ = write!(line, "{separator}{}={}", encode(name), encode(value));
        }
        let request = Request { method, path, query: line, headers: HeaderMap::new(), body };
        self.send("s3", request).await
    }
}
