//! `wire` against botocore's bytes, and against bytes that no SDK would send.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod every_operation;
mod faults;
mod malformed;
mod models;
mod requests;
mod responses;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use wire::{Fault, OperationId, RequestParts, Service, decode_form, identify};

/// A request as a test spells it.
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a [u8],
}

impl Request<'_> {
    /// Finds the operation and reads its input, as Debug shows it.
    fn read(&self, service: Service) -> Result<(OperationId, String), Fault> {
        let method: Method = self.method.parse().unwrap();
        let headers: HeaderMap = self
            .headers
            .iter()
            .map(|(name, value)| {
                let name: HeaderName = name.parse().unwrap();
                (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
            })
            .collect();
        let query = decode_form(self.query).unwrap();
        let path = self.path;
        let parts =
            RequestParts { method: &method, path, bucket_in_host: None, query, headers: &headers };
        let id = identify(service, &parts, self.body)?;
        Ok((id, every_operation::read(id, &parts, self.body)?))
    }
}

/// An awsJson request.
fn json(service: Service, operation: &str, body: &str) -> Result<String, Fault> {
    let target = format!("{}.{operation}", service.target_prefix().unwrap());
    let headers = vec![("x-amz-target", target.as_str())];
    let body = body.as_bytes();
    Request { method: "POST", path: "/", query: "", headers, body }.read(service).map(|read| read.1)
}

/// An awsQuery request.
fn form(service: Service, body: &str) -> Result<String, Fault> {
    let body = body.as_bytes();
    let headers = vec![];
    Request { method: "POST", path: "/", query: "", headers, body }.read(service).map(|read| read.1)
}

/// An S3 request.
fn s3(
    method: &str,
    path_and_query: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<String, Fault> {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let request = Request { method, path, query, headers: headers.to_vec(), body };
    request.read(Service::S3).map(|read| read.1)
}
