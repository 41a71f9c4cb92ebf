//! Which S3 operation a request is.

use http::Method;

use crate::{
    Fault, OperationId, Refusal, RequestParts, S3Target, Service,
    generated::s3_routes::{ROUTES, SUBRESOURCES},
    post_object,
    s3::ErrorCode,
};

/// What S3 answers to a POST to a bucket that brings no form; the words are AWS's.
const NO_FORM: &str = "At least one of the pre-conditions you specified did not hold";
const FORM_WANTED: &str = "Bucket POST must be of the enclosure-type multipart/form-data";

/// What distinguishes the requests of one operation of the model.
#[derive(Debug)]
pub(crate) struct Route {
    pub name: &'static str,
    pub method: &'static str,
    pub level: Level,
    /// Parameters that must be there, some with one value.
    pub query: &'static [(&'static str, Option<&'static str>)],
    /// Headers that must be there, in lower case.
    pub headers: &'static [&'static str],
    /// Parameters that choose another operation elsewhere and are members here.
    pub optional: &'static [&'static str],
    /// The operation, if it is served.
    pub operation: Option<OperationId>,
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Service,
    Bucket,
    Object,
}

impl Route {
    fn fits(&self, request: &RequestParts<'_>, subresources: &[&str]) -> bool {
        let value = |key: &str| {
            request.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
        };
        let required = |(key, wanted): &(&str, Option<&str>)| {
            value(key).is_some_and(|value| wanted.is_none_or(|wanted| wanted == value))
        };
        let expected = |key: &&str| {
            self.query.iter().any(|(name, _)| name == key) || self.optional.contains(key)
        };
        self.query.iter().all(required)
            && self.headers.iter().all(|name| request.headers.contains_key(*name))
            && subresources.iter().all(expected)
    }

    fn specificity(&self) -> usize {
        self.query.len() + self.headers.len()
    }
}

/// Finds the operation.
///
/// Only an operation of the model that expects *every* subresource in the query can be meant: a
/// `?acl` is never dropped, so that a request for what is not served is never taken for `GetObject`
/// or `PutObject`. Among several, the one that demands most is meant (`CopyObject` before
/// `PutObject`).
pub(crate) fn identify(request: &RequestParts<'_>) -> Result<OperationId, Fault> {
    let target = S3Target::of(request)?;
    let level = match target {
        S3Target { key: Some(_), .. } => Level::Object,
        S3Target { bucket: Some(_), .. } => Level::Bucket,
        S3Target { .. } => Level::Service,
    };
    let given = |key: &&str| request.query.iter().any(|(name, _)| name == key);
    let subresources: Vec<&str> = SUBRESOURCES.iter().copied().filter(given).collect();
    let here = |route: &&Route| route.level == level && method_is(request.method, route.method);
    if level == Level::Bucket && request.method == Method::POST && subresources.is_empty() {
        return if post_object::is_form(request.headers) {
            Ok(OperationId::S3PostObject)
        } else {
            Err(Fault::new(ErrorCode::PreconditionFailed, NO_FORM).with("Condition", FORM_WANTED))
        };
    }
    let meant = ROUTES
        .iter()
        .filter(here)
        .filter(|route| route.fits(request, &subresources))
        .max_by_key(|route| (route.specificity(), route.operation.is_some()));
    match meant {
        Some(route) => route.operation.ok_or_else(|| {
            let message = format!("The operation {} is not implemented", route.name);
            Refusal::UnknownOperation.fault(Service::S3, message)
        }),
        None if ROUTES.iter().any(|route| here(&route)) => {
            let message = if subresources.is_empty() {
                "The request is none of an operation that is implemented".to_owned()
            } else {
                format!("No operation has the parameters {}", subresources.join(", "))
            };
            Err(Refusal::UnknownOperation.fault(Service::S3, message))
        }
        None => {
            let message = "The specified method is not allowed against this resource.";
            Err(Refusal::MethodNotAllowed.fault(Service::S3, message))
        }
    }
}

impl OperationId {
    /// The method of its requests, if it is one of S3's.
    #[must_use]
    pub fn s3_method(self) -> Option<&'static str> {
        ROUTES.iter().find(|route| route.operation == Some(self)).map(|route| route.method)
    }
}

fn method_is(method: &Method, name: &str) -> bool {
    method.as_str() == name
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn identify(method: &str, path_and_query: &str, headers: &[&'static str]) -> String {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let headers: HeaderMap = headers
            .iter()
            .map(|name| (HeaderName::from_static(name), HeaderValue::from_static("b/k")))
            .collect();
        let query = crate::decode_form(query).unwrap();
        let method = method.parse().unwrap();
        let parts =
            RequestParts { method: &method, path, bucket_in_host: None, query, headers: &headers };
        match super::identify(&parts) {
            Ok(operation) => operation.name().to_owned(),
            Err(fault) => format!("{} {}", fault.status().as_u16(), fault.code()),
        }
    }

    #[test]
    fn requests_are_the_operations_of_the_model() {
        let copy: &[&str] = &["x-amz-copy-source"];
        let not_implemented = "501 NotImplemented";
        let not_allowed = "405 MethodNotAllowed";
        let table: &[(&str, &str, &[&'static str], &str)] = &[
            ("GET", "/", &[], "ListBuckets"),
            ("GET", "/?prefix=a", &[], "ListBuckets"),
            ("PUT", "/b", &[], "CreateBucket"),
            ("PUT", "/b/", &[], "CreateBucket"),
            ("HEAD", "/b", &[], "HeadBucket"),
            ("DELETE", "/b", &[], "DeleteBucket"),
            ("GET", "/b?list-type=2&prefix=a", &[], "ListObjectsV2"),
            ("GET", "/b?policy", &[], "GetBucketPolicy"),
            ("PUT", "/b?policy=", &[], "PutBucketPolicy"),
            ("DELETE", "/b?policy", &[], "DeleteBucketPolicy"),
            ("GET", "/b/k", &[], "GetObject"),
            ("GET", "/b/k?versionId=1&response-content-type=a", &[], "GetObject"),
            ("GET", "/b/k?partNumber=1", &[], "GetObject"),
            ("GET", "/b/k?x-id=GetObject&X-Amz-Signature=a", &[], "GetObject"),
            ("HEAD", "/b/k", &[], "HeadObject"),
            ("PUT", "/b/k", &[], "PutObject"),
            ("PUT", "/b/k", copy, "CopyObject"),
            ("DELETE", "/b/k?versionId=1", &[], "DeleteObject"),
            // In the model, but not served: never another operation.
            ("GET", "/b", &[], "ListObjects"),
            ("GET", "/b?list-type=1", &[], not_implemented),
            ("GET", "/b?location", &[], "GetBucketLocation"),
            ("GET", "/b?policy&acl", &[], not_implemented),
            ("GET", "/b?list-type=2&policy", &[], not_implemented),
            ("PUT", "/b?acl", &[], "PutBucketAcl"),
            ("POST", "/b?delete", &[], "DeleteObjects"),
            ("GET", "/b/k?acl", &[], "GetObjectAcl"),
            ("GET", "/b/k?acl=", &[], "GetObjectAcl"),
            ("GET", "/b/k?policy", &[], not_implemented),
            ("GET", "/b/k?torrent", &[], not_implemented),
            ("GET", "/b/k?attributes", &[], not_implemented),
            ("GET", "/b/k?uploadId=1", &[], "ListParts"),
            ("HEAD", "/b/k?tagging", &[], not_implemented),
            ("PUT", "/b/k?tagging", &[], "PutObjectTagging"),
            ("PUT", "/b/k?uploadId=1", &[], not_implemented),
            ("PUT", "/b/k?partNumber=1&uploadId=1", &[], "UploadPart"),
            ("PUT", "/b/k?partNumber=1&uploadId=1", copy, "UploadPartCopy"),
            ("PUT", "/b/k?acl", copy, "PutObjectAcl"),
            ("PUT", "/b/k?renameObject", &["x-amz-rename-source"], not_implemented),
            ("DELETE", "/b/k?tagging", &[], "DeleteObjectTagging"),
            ("POST", "/b/k?uploads", &[], "CreateMultipartUpload"),
            ("GET", "/b?cors", &[], not_implemented),
            ("POST", "/b/k?select&select-type=2", &[], not_implemented),
            ("POST", "/b", &[], "412 PreconditionFailed"),
            ("POST", "/b?cors", &[], not_implemented),
            ("POST", "/", &[], not_allowed),
            ("PUT", "/", &[], not_allowed),
            ("PATCH", "/b/k", &[], not_allowed),
            ("get", "/b/k", &[], not_allowed),
        ];
        for (method, path, headers, expected) in table {
            assert_eq!(identify(method, path, headers), *expected, "{method} {path} {headers:?}");
        }
    }

    #[test]
    fn a_form_is_for_a_bucket_and_nothing_else() {
        let mut headers = HeaderMap::new();
        let content_type = HeaderValue::from_static("Multipart/Form-Data; boundary=x");
        headers.insert(http::header::CONTENT_TYPE, content_type);
        for (path, expected) in [
            ("/b", Ok(OperationId::S3PostObject)),
            ("/b/", Ok(OperationId::S3PostObject)),
            ("/b/k", Err("NotImplemented")),
            ("/", Err("MethodNotAllowed")),
        ] {
            let method = &Method::POST;
            let (bucket_in_host, query) = (None, Vec::new());
            let parts = RequestParts { method, path, bucket_in_host, query, headers: &headers };
            let found = super::identify(&parts).map_err(|fault| fault.code());
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn every_subresource_is_kept_from_the_plain_operations() {
        let plain = ["GetObject", "PutObject", "DeleteObject", "CopyObject", "CreateBucket"];
        for key in SUBRESOURCES.iter().filter(|key| **key != "partNumber") {
            for method in ["GET", "PUT", "DELETE", "HEAD", "POST"] {
                for path in ["/b", "/b/k"] {
                    let found = identify(method, &format!("{path}?{key}"), &["x-amz-copy-source"]);
                    assert!(!plain.contains(&found.as_str()), "{method} {path}?{key} is {found}");
                }
            }
        }
    }
}
